// Reads a file or an object in large pieces, for a reader that goes through it in small ones, forwards.

import { open, type FileHandle } from 'node:fs/promises'

export type ReadRange = (offset: number, length: number) => Promise<Buffer>

/** Reads from an open file; fewer bytes at its end. */
export const readHandle =
  (handle: FileHandle): ReadRange =>
  async (offset, length) => {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(buffer, 0, length, offset)
    return buffer.subarray(0, bytesRead)
  }

/** Reads from a file that is opened anew each time. */
export const readPath =
  (path: string): ReadRange =>
  async (offset, length) => {
    await using handle = await open(path)
    return await readHandle(handle)(offset, length)
  }

export class FileWindow {
  readonly #read: ReadRange
  readonly #windowBytes: number
  #offset = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(read: ReadRange, windowBytes = 256 * 1024) {
    this.#read = read
    this.#windowBytes = windowBytes
  }

  /** The bytes at a place; fewer at the end of the file. They stay valid: no buffer is used twice. */
  async at(offset: number, length: number): Promise<Buffer> {
    const from = offset - this.#offset
    if (from >= 0 && from + length <= this.#bytes.length) return this.#bytes.subarray(from, from + length)
    this.#bytes = await this.#read(offset, Math.max(length, this.#windowBytes))
    this.#offset = offset
    return this.#bytes.subarray(0, length)
  }
}

/** The same bytes as a plain array: what is cut out of it is no Buffer either, whatever read it. */
export const plainBytes = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length)
