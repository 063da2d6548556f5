// The bytes an agent sends, pulled chunk by chunk: what is not asked for stays in the connection's flow control. Before
// its agent is known a stream may send little.

import { Code, ConnectError } from '@connectrpc/connect'
import type { ServerHttp2Stream } from 'node:http2'

/** Room for an Open, many times over. */
const MAX_UNOPENED_BYTES = 64 * 1024

type Chunk = IteratorResult<Uint8Array, undefined>
const DONE: Chunk = { done: true, value: undefined }

export class RequestBody implements AsyncIterableIterator<Uint8Array> {
  readonly #stream: ServerHttp2Stream
  #unopenedBytes = 0
  #isOpened = false
  #isOver = false
  #waiting: PromiseWithResolvers<Chunk> | undefined

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    stream.on('readable', () => this.#arrived())
    stream.once('end', () => this.#over())
    stream.once('close', () => this.#over())
  }

  /** The agent is known: it may send what the protocol allows. */
  opened(): void {
    this.#isOpened = true
  }

  next(): Promise<Chunk> {
    const chunk = this.#read()
    if (chunk) return this.#admit(chunk)
    if (this.#isOver) return Promise.resolve(DONE)
    this.#waiting = Promise.withResolvers<Chunk>()
    return this.#waiting.promise
  }

  /** What comes after is of no interest. */
  return(): Promise<Chunk> {
    this.#over()
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #arrived(): void {
    const waiting = this.#waiting
    const chunk = waiting && this.#read()
    if (!chunk) return
    this.#waiting = undefined
    waiting.resolve(this.#admit(chunk))
  }

  #read(): Buffer | undefined {
    const chunk: unknown = this.#stream.read()
    return Buffer.isBuffer(chunk) ? chunk : undefined
  }

  #admit(chunk: Buffer): Promise<Chunk> {
    if (!this.#isOpened && (this.#unopenedBytes += chunk.length) > MAX_UNOPENED_BYTES)
      return Promise.reject(new ConnectError('too many bytes before an Open', Code.ResourceExhausted))
    return Promise.resolve({ done: false, value: chunk })
  }

  #over(): void {
    this.#isOver = true
    this.#waiting?.resolve(DONE)
    this.#waiting = undefined
  }
}
