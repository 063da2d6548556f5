// A message as the server delivered it. Of the client library's own objects nothing is kept: thousands of messages wait
// for a commit, and every object that hangs on each is copied by the garbage collector.

import type { Msg } from '@nats-io/transport-node'
import { MsgImpl } from '@nats-io/nats-core/internal'
import { createHash } from 'node:crypto'
import type { LogMessage } from './event-log.ts'
import { headerValue, publishedLines } from './header-block.ts'

type Place = { readonly stream: string; readonly position: number; readonly subject?: string }

export class StoredMessage implements LogMessage {
  readonly stream: string
  readonly position: number
  readonly subject: string
  readonly payload: Uint8Array
  readonly #header: string

  constructor(message: Msg, place: Place) {
    this.stream = place.stream
    this.position = place.position
    this.subject = place.subject ?? message.subject
    this.payload = message.data
    this.#header = headerText(message)
  }

  header(name: string): string | undefined {
    return headerValue(this.#header, name)
  }

  hash(): Uint8Array {
    const published = publishedLines(this.#header)
    return createHash('sha256').update(`${published}\n\n`).update(this.payload).digest()
  }
}

/** The header of a delivered message as text; empty when it has none. */
export function headerText(message: Msg): string {
  if (!(message instanceof MsgImpl)) throw new TypeError('a message of another client library')
  const { _msg: frame, _rdata: bytes } = message
  return frame.hdr > 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, frame.hdr).toString() : ''
}

/** The status code of a message without content from the server (404, 408, 503 …); 0 for any other message. */
export function statusCode(message: Msg): number {
  if (message.data.length > 0) return 0
  const match = /^NATS\/1\.0 +(\d{3})/.exec(headerText(message))
  return match ? Number(match[1]) : 0
}

/** The message that answers a direct get. */
export function directMessage(message: Msg): StoredMessage {
  const header = headerText(message)
  const stream = headerValue(header, 'Nats-Stream') ?? ''
  const position = Number(headerValue(header, 'Nats-Sequence'))
  return new StoredMessage(message, { stream, position, subject: headerValue(header, 'Nats-Subject') ?? '' })
}
