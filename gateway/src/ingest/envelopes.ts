// The envelopes of the Connect protocol (https://connectrpc.com/docs/protocol#streaming-rpcs): one byte of flags, four of
// length, then the message. Taken out of a stream's chunks without copying what lies in one of them.

import { Code, ConnectError } from '@connectrpc/connect'

const HEADER_BYTES = 5
const COMPRESSED = 0b01
export const END_OF_STREAM = 0b10
/** What is set aside at first for an envelope whose rest is still to come: its length is only a claim. */
const FIRST_BYTES = 2048

/** Puts a message into its envelope. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + message.length)
  bytes[0] = flags
  bytes.writeUInt32BE(message.length, 1)
  bytes.set(message, HEADER_BYTES)
  return bytes
}

/** Splits what a client sends into messages, however it is cut into chunks. */
export class EnvelopeSplitter {
  readonly #maxBytes: number
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0
  /** Copy of an envelope that began in an earlier chunk; of `#filled` bytes. */
  #partial: Buffer | undefined
  #filled = 0

  /** @param maxBytes of a message */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** True in the middle of an envelope. */
  get isIncomplete(): boolean {
    return this.#partial !== undefined || this.#at < this.#chunk.length
  }

  push(chunk: Buffer): void {
    this.#chunk = this.#at < this.#chunk.length ? Buffer.concat([this.#rest(), chunk]) : chunk
    this.#at = 0
  }

  /**
   * The next message, a view of its chunk; undefined when more must come first.
   * @throws ConnectError when it is too large, or no plain message
   */
  next(): Uint8Array | undefined {
    if (this.#partial) return this.#resume(this.#partial)
    const start = this.#at
    const rest = this.#chunk.length - start
    if (rest === 0) return undefined
    const size = rest < HEADER_BYTES ? Infinity : this.#sizeOf(this.#chunk, start)
    if (size > rest) return this.#begin(size)
    const end = start + size
    this.#at = end
    return this.#chunk.subarray(start + HEADER_BYTES, end)
  }

  #begin(sizeBytes: number): undefined {
    this.#partial = Buffer.allocUnsafe(Math.min(sizeBytes, FIRST_BYTES))
    this.#filled = 0
    this.#copy(this.#chunk.length - this.#at)
  }

  #resume(partial: Buffer): Uint8Array | undefined {
    if (this.#filled < HEADER_BYTES) this.#copy(HEADER_BYTES - this.#filled)
    if (this.#filled < HEADER_BYTES) return undefined
    const size = this.#sizeOf(partial, 0)
    this.#copy(size - this.#filled)
    if (this.#filled < size) return undefined
    const message = this.#partial?.subarray(HEADER_BYTES, size)
    this.#partial = undefined
    return message
  }

  /** Moves as many bytes from the chunk to the copy, or all there are. */
  #copy(wanted: number): void {
    const end = Math.min(this.#at + wanted, this.#chunk.length)
    const filled = this.#filled + end - this.#at
    const copy = this.#withRoomFor(filled)
    this.#chunk.copy(copy, this.#filled, this.#at, end)
    this.#filled = filled
    this.#at = end
  }

  #withRoomFor(sizeBytes: number): Buffer {
    const partial = this.#partial
    if (partial && partial.length >= sizeBytes) return partial
    const larger = Buffer.allocUnsafe(Math.max(sizeBytes, 2 * (partial?.length ?? 0)))
    partial?.copy(larger, 0, 0, this.#filled)
    return (this.#partial = larger)
  }

  /** Bytes of the envelope whose header is there. */
  #sizeOf(bytes: Buffer, at: number): number {
    const flags = bytes[at] ?? 0
    if (flags & COMPRESSED) throw refused('compressed messages are not taken')
    if (flags !== 0) throw refused(`an envelope with flags ${flags} is not taken`)
    const length = bytes.readUInt32BE(at + 1)
    if (length > this.#maxBytes)
      throw new ConnectError(
        `a message of ${length} bytes, the limit is ${this.#maxBytes}`,
        Code.ResourceExhausted,
      )
    return HEADER_BYTES + length
  }

  #rest(): Buffer {
    return this.#chunk.subarray(this.#at)
  }
}

const refused = (reason: string): ConnectError => new ConnectError(reason, Code.InvalidArgument)
