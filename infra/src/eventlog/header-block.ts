// The header of a log message as bytes: built in one go when appending, searched without decoding when reading.

import { MsgHdrsImpl } from '@nats-io/nats-core/internal'

const FIRST_LINE = 'NATS/1.0'
const EXPECTED_LAST = 'Nats-Expected-Last-Subject-Sequence'
const MESSAGE_ID = 'Nats-Msg-Id'
const NAME = /^[!-9;-~]+$/
const LINE_BREAK = /[\r\n]/

/** What the server adds when it answers a direct get, and no publisher wrote. */
const ADDED_BY_SERVER = /^Nats-(Stream|Subject|Sequence|Time-Stamp|Num-Pending|Last-Sequence|UpTo-Sequence):/

export type HeaderFields = {
  readonly expectedLast?: number
  readonly messageId?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Header bytes made by us: the client library's own header object costs three times as much to fill and encode. */
export class HeaderBlock extends MsgHdrsImpl {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super()
    this.#bytes = bytes
  }

  override encode(): Uint8Array {
    return this.#bytes
  }
}

/**
 * Builds the header of one message, or nothing when it has none.
 * @throws RangeError when a name or value could break out of its line
 */
export function headerBlock({ expectedLast, messageId, headers }: HeaderFields): HeaderBlock | undefined {
  let text = ''
  for (const name in headers) text += line(name, headers[name] ?? '')
  if (expectedLast !== undefined) text += line(EXPECTED_LAST, String(expectedLast))
  if (messageId !== undefined) text += line(MESSAGE_ID, messageId)
  return text === '' ? undefined : new HeaderBlock(Buffer.from(`${FIRST_LINE}${text}\r\n\r\n`))
}

function line(name: string, value: string): string {
  if (!NAME.test(name) || LINE_BREAK.test(value))
    throw new RangeError(`not a header: ${JSON.stringify(name)}`)
  return `\r\n${name}: ${value}`
}

/** The value of a header in a header's text; undefined when it is not there. */
export function headerValue(text: string, name: string): string | undefined {
  const start = text.indexOf(`\r\n${name}:`)
  if (start < 0) return undefined
  const from = start + name.length + 3
  return text.slice(from, text.indexOf('\r\n', from)).trim()
}

/** The lines a publisher wrote, in order: the same for a message consumed and the same message got directly. */
export const publishedLines = (text: string): string =>
  text
    .split('\r\n')
    .slice(1)
    .filter((each) => each !== '' && !ADDED_BY_SERVER.test(each))
    .join('\r\n')
