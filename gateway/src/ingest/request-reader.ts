// Reads the requests of one stream and hands them over as they come, in the turn in which they come. Back-pressure is
// the taker's: while it asks for time the stream is paused, and what is not read stays in the connection's flow control.

import { fromBinary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { MAX_FRAME_BYTES } from '@secumon/contracts/frame'
import { StreamRequestSchema, type StreamRequest } from '@secumon/contracts/gen/ingest'
import type { ServerHttp2Stream } from 'node:http2'
import { EnvelopeSplitter } from './envelopes.ts'

/** Above the largest frame, so that one beyond the limit can be answered instead of breaking the stream. */
const READ_MAX_BYTES = MAX_FRAME_BYTES + 64 * 1024
/** Room for an Open, many times over: before its agent is known a stream may send little. */
const MAX_UNOPENED_BYTES = 64 * 1024

/** Takes the requests of a stream. */
export type RequestTaker = {
  /** Takes one; when it returns a promise it takes no other before that has resolved. */
  take(request: StreamRequest): Promise<void> | undefined
  /** The agent sends nothing more. */
  ended(): void
  /** Nothing more can be read: a ConnectError is the agent's doing. */
  failed(error: unknown): void
}

export class RequestReader {
  readonly #stream: ServerHttp2Stream
  readonly #taker: RequestTaker
  readonly #envelopes = new EnvelopeSplitter(READ_MAX_BYTES)
  #unopenedBytes = 0
  #isOpened = false
  /** No request may be handed over. */
  #isHeld = false
  #isOver = false

  constructor(stream: ServerHttp2Stream, taker: RequestTaker) {
    this.#stream = stream
    this.#taker = taker
    stream.on('data', (chunk: Buffer) => this.#arrived(chunk))
    stream.once('end', () => this.#over())
  }

  /** The agent is known: it may send what the protocol allows. */
  opened(): void {
    this.#isOpened = true
  }

  #arrived(chunk: Buffer): void {
    this.#envelopes.push(chunk)
    if (!this.#isOpened && (this.#unopenedBytes += chunk.length) > MAX_UNOPENED_BYTES)
      return this.#fail(new ConnectError('too many bytes before an Open', Code.ResourceExhausted))
    this.#handOver()
  }

  #over(): void {
    this.#isOver = true
    this.#handOver()
  }

  #handOver(): void {
    try {
      while (!this.#isHeld) {
        const message = this.#envelopes.next()
        if (!message) return this.#isOver ? this.#end() : undefined
        const room = this.#taker.take(parse(message))
        if (room) this.#hold(room)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #hold(room: Promise<void>): void {
    this.#stop()
    room.then(
      () => this.#goOn(),
      (error: unknown) => this.#fail(error),
    )
  }

  #goOn(): void {
    this.#isHeld = false
    this.#handOver()
    if (!this.#isHeld) this.#stream.resume()
  }

  #end(): void {
    if (this.#envelopes.isIncomplete) throw new ConnectError('half a message', Code.InvalidArgument)
    this.#stop()
    this.#taker.ended()
  }

  #fail(error: unknown): void {
    this.#stop()
    this.#taker.failed(error)
  }

  #stop(): void {
    this.#isHeld = true
    this.#stream.pause()
  }
}

function parse(message: Uint8Array): StreamRequest {
  try {
    return fromBinary(StreamRequestSchema, message)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConnectError(`no request: ${reason}`, Code.InvalidArgument)
  }
}
