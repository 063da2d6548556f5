// The files that a source follows, and what it knows of each beside its place.

import type { KnownFile } from './file-positions.ts'
import type { FileRoom } from './file-room.ts'
import type { TailedFile } from './tailed-file.ts'

export type Tail = {
  readonly file: TailedFile
  size: number
  changedAtNs: bigint
  /** There may be something to read. */
  isDue: boolean
  /** There is something that is not complete: a group of lines, or a line without an end. */
  hasRest: boolean
  grewAtMs: number
  /** Its path leads elsewhere or nowhere since. */
  lostNameAtMs: number | undefined
}

/** Whether its path still leads to it. */
export const isNamed = ({ lostNameAtMs }: Tail): boolean => lostNameAtMs === undefined

/** How far it has come, as the next start has to know it. */
export function knownFile({ file: { path, key, place }, lostNameAtMs, isDue, hasRest }: Tail): KnownFile {
  return { path, key, place, isFinished: lostNameAtMs !== undefined && !isDue && !hasRest }
}

/** First those without a name, in the order in which they lost it; then the others, those to be read next first. */
export class Tails {
  readonly #room: FileRoom
  readonly #monotonicMs: () => number
  #tails: Tail[] = []

  constructor(room: FileRoom, monotonicMs: () => number) {
    this.#room = room
    this.#monotonicMs = monotonicMs
  }

  get all(): readonly Tail[] {
    return this.#tails
  }

  /** The one to be read now. */
  get next(): Tail | undefined {
    return this.#tails.find(({ isDue }) => isDue)
  }

  of(key: string): Tail | undefined {
    return this.#tails.find(({ file }) => file.key === key)
  }

  /** The one that a path leads to. */
  named(path: string): Tail | undefined {
    return this.#tails.find((tail) => isNamed(tail) && tail.file.path === path)
  }

  add(file: TailedFile): Tail {
    const tail: Tail = {
      file,
      size: -1,
      changedAtNs: -1n,
      isDue: true,
      hasRest: false,
      grewAtMs: this.#monotonicMs(),
      lostNameAtMs: undefined,
    }
    this.#tails.push(tail)
    this.#room.followed++
    return tail
  }

  /** The others are read before it is read again. */
  putLast(tail: Tail): void {
    this.#take(tail)
    this.#tails.push(tail)
  }

  loseName(tail: Tail): void {
    tail.lostNameAtMs = this.#monotonicMs()
    this.#take(tail)
    const named = this.#tails.findIndex(isNamed)
    this.#tails.splice(named < 0 ? this.#tails.length : named, 0, tail)
  }

  async close(tail: Tail): Promise<void> {
    this.#take(tail)
    this.#room.followed--
    await tail.file.close()
  }

  async closeAll(): Promise<void> {
    for (const tail of this.#tails.slice()) await this.close(tail)
  }

  #take(tail: Tail): void {
    this.#tails.splice(this.#tails.indexOf(tail), 1)
  }
}
