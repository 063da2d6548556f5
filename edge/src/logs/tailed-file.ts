// One log file, open: what is in it from a place on, and whether it is still what it was. A name says nothing (files
// are renamed and replaced); device and inode do, and the last bytes before the place, which a truncated or reused file
// does not have there.

import { constants, type BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { splitEvents, type Grouping } from './split-events.ts'

const GUARD_BYTES = 64
/** Holds an event that is complete and the beginning of one that is too long. */
const BUFFER_BYTES = 160 * 1024

/** A place in a file, and what precedes it. */
export type Place = {
  readonly offset: number
  readonly guard: Buffer
  /** It lies within a line whose beginning was told. */
  readonly isCutting: boolean
}

export const START: Place = { offset: 0, guard: Buffer.alloc(0), isCutting: false }

export type FileReading =
  | { readonly kind: 'events'; readonly events: readonly string[]; readonly hasMore: boolean }
  /** What precedes the place is not there any more. */
  | { readonly kind: 'changed' }

export type ReadHow = {
  readonly grouping: Grouping | undefined
  readonly isQuiet: boolean
  readonly isEnd: boolean
}

export const fileKey = ({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string => `${dev}:${ino}`

/** What files are read into, one after another. */
export const readBuffer = (): Buffer => Buffer.allocUnsafeSlow(GUARD_BYTES + BUFFER_BYTES)

export type OpenHow = {
  readonly followSymlinks: boolean
  /** Of `readBuffer`; shared with files that are not read at the same time. */
  readonly buffer: Buffer
}

export class TailedFile {
  /** What it is called, or was before it was put aside. */
  path: string
  readonly key: string
  readonly #handle: FileHandle
  readonly #buffer: Buffer
  #place: Place = START

  private constructor(path: string, handle: FileHandle, { key, buffer }: { key: string; buffer: Buffer }) {
    this.path = path
    this.key = key
    this.#handle = handle
    this.#buffer = buffer
  }

  /** Opens a regular file; undefined of anything else. Rejects as `open` does. */
  static async open(path: string, { followSymlinks, buffer }: OpenHow): Promise<TailedFile | undefined> {
    // A FIFO must not hold up whoever opens it; a link might lead where only the agent may read.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followSymlinks ? 0 : constants.O_NOFOLLOW)
    const handle = await open(path, flags)
    const stats = await handle.stat({ bigint: true })
    if (stats.isFile()) return new TailedFile(path, handle, { key: fileKey(stats), buffer })
    await handle.close()
    return undefined
  }

  get place(): Place {
    return this.#place
  }

  stat(): Promise<BigIntStats> {
    return this.#handle.stat({ bigint: true })
  }

  /** Goes on here. */
  standAt(place: Place): void {
    this.#place = place
  }

  /** Goes on behind the last whole line: what is there already is not wanted. */
  async standAtEnd(): Promise<void> {
    const size = Number((await this.stat()).size)
    // Also where it cannot be read now.
    this.#place = { ...START, offset: size }
    const from = Math.max(0, size - BUFFER_BYTES)
    const bytes = await this.#readFrom(from)
    const consumed = bytes.lastIndexOf(10) + 1
    const end = consumed > 0 || from === 0 ? consumed : bytes.length
    this.#advance(from, bytes, end, false)
  }

  /** Whether what precedes the place is in the file. */
  async has({ offset, guard }: Place): Promise<boolean> {
    const bytes = await this.#readFrom(offset - guard.length, guard.length)
    return bytes.equals(guard)
  }

  async read({ grouping, isQuiet, isEnd }: ReadHow): Promise<FileReading> {
    const { offset, guard, isCutting } = this.#place
    const bytes = await this.#readFrom(offset - guard.length)
    if (!bytes.subarray(0, guard.length).equals(guard)) return { kind: 'changed' }
    const isFull = bytes.length === this.#buffer.length
    const content = bytes.subarray(guard.length)
    const split = splitEvents(content, {
      grouping,
      isCutting,
      isQuiet: isQuiet || isFull,
      isEnd: isEnd && !isFull,
    })
    this.#advance(offset - guard.length, bytes, guard.length + split.consumed, split.isCutting)
    const hasMore = split.consumed > 0 && (isFull || split.consumed < content.length)
    return { kind: 'events', events: split.events, hasMore }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  #advance(from: number, bytes: Buffer, end: number, isCutting: boolean): void {
    const guard = Buffer.from(bytes.subarray(Math.max(0, end - GUARD_BYTES), end))
    this.#place = { offset: from + end, guard, isCutting }
  }

  async #readFrom(position: number, length = this.#buffer.length): Promise<Buffer> {
    let done = 0
    while (done < length) {
      const { bytesRead } = await this.#handle.read(this.#buffer, done, length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return this.#buffer.subarray(0, done)
  }
}
