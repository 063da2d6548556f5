// Writes what an outbox has to say: everything of one turn of the event loop in one piece, no faster than the agent
// reads, and at last how the stream ended.

import { create, toBinary } from '@bufbuild/protobuf'
import type { ConnectError } from '@connectrpc/connect'
import { codeToString } from '@connectrpc/connect/protocol-connect'
import { StreamResponseSchema } from '@secumon/contracts/gen/ingest'
import type { ServerHttp2Stream } from 'node:http2'
import { END_OF_STREAM, envelope } from './envelopes.ts'
import type { Answer, Outbox } from './outbox.ts'

/** Answers written in one piece. */
const MAX_ANSWERS = 64

export class AnswerWriter {
  readonly #stream: ServerHttp2Stream
  readonly #outbox: Outbox
  /** A write is due, or waits for the agent to read. */
  #isDue = false

  constructor(stream: ServerHttp2Stream, outbox: Outbox) {
    this.#stream = stream
    this.#outbox = outbox
  }

  /** Writes from now on, until the outbox ends or the stream is closed. */
  start(): void {
    this.#outbox.onWork(this.#schedule)
  }

  readonly #schedule = (): void => {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(this.#write)
  }

  readonly #write = (): void => {
    this.#isDue = false
    if (this.#stream.destroyed || this.#stream.writableEnded) return
    const envelopes = this.#answers()
    const { ending } = this.#outbox
    if (ending) return endStream(this.#stream, ending.error, envelopes)
    if (envelopes.length === 0) return
    const hasRoom = this.#stream.write(joined(envelopes))
    if (hasRoom && envelopes.length < MAX_ANSWERS) return
    this.#isDue = true
    if (hasRoom) setImmediate(this.#write)
    else this.#stream.once('drain', this.#write)
  }

  #answers(): Buffer[] {
    const envelopes: Buffer[] = []
    while (envelopes.length < MAX_ANSWERS) {
      const answer = this.#outbox.next()
      if (!answer) break
      envelopes.push(answerEnvelope(answer))
    }
    return envelopes
  }
}

const answerEnvelope = (message: Answer): Buffer =>
  envelope(toBinary(StreamResponseSchema, create(StreamResponseSchema, { message })))

const joined = (envelopes: readonly Buffer[]): Buffer =>
  envelopes.length === 1 && envelopes[0] ? envelopes[0] : Buffer.concat(envelopes)

/** Writes the last answers and how the stream ended: well, or by that error. */
export function endStream(
  stream: ServerHttp2Stream,
  error?: ConnectError,
  envelopes: readonly Buffer[] = [],
): void {
  const end = error ? { error: { code: codeToString(error.code), message: error.rawMessage } } : {}
  stream.end(joined([...envelopes, envelope(Buffer.from(JSON.stringify(end)), END_OF_STREAM)]))
}
