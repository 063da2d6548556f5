// Sends hostile messages over real HTTP/2 streams and keeps account of what the gateway makes of them.

import { fromBinary } from '@bufbuild/protobuf'
import { IngestService, RefusalKind, StreamResponseSchema } from '@secumon/contracts/gen/ingest'
import { signMessage } from '@secumon/contracts/signing'
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import {
  envelope,
  hostileMessage,
  randomFrom,
  requestBytes,
  type HostileMessage,
  type HostileSubject,
} from './hostile.ts'
import type { TestAgent } from './test-agent.ts'

/** Messages sent on one stream, more than the gateway puts up with. */
const PER_STREAM = 16
const STREAM_TIMEOUT_MS = 20_000
/** Streams in a row that came to nothing; the gateway is gone then. */
const MAX_FRUITLESS = 1_000

/** What became of the messages. */
export type HostileAccount = {
  sent: number
  streams: number
  readonly kinds: Map<string, number>
  /** Refusals by kind, and ends of streams by Connect code; `none` for a normal end. */
  readonly answers: Map<string, number>
  /** What is no answer of the protocol: must stay empty. */
  readonly untyped: string[]
}

export const emptyAccount = (): HostileAccount => ({
  sent: 0,
  streams: 0,
  kinds: new Map(),
  answers: new Map(),
  untyped: [],
})

const REFUSALS = new Map<number, string>([
  [RefusalKind.WAIT, 'wait'],
  [RefusalKind.REWIND, 'rewind'],
  [RefusalKind.REPLACE, 'replace'],
  [RefusalKind.RE_ENROL, 're-enrol'],
])
/** Codes by which a gateway may end a stream; `internal` and `unknown` would be faults of ours. */
const ENDS = new Set([
  'invalid_argument',
  'resource_exhausted',
  'permission_denied',
  'deadline_exceeded',
  'unavailable',
])

export type HostileOptions = {
  readonly url: string
  readonly seed: number
  readonly messages: number
  readonly insider: TestAgent
  readonly victim: TestAgent
}

/** Sends that many hostile messages, one stream after the other, over one connection. */
export async function attack(options: HostileOptions, account: HostileAccount): Promise<void> {
  const { url, seed, messages, insider, victim } = options
  const subject = { insider, victim, random: randomFrom(seed) }
  let connection = quietly(connect(url))
  try {
    for (let [sent, fruitless] = [0, 0]; sent < messages;) {
      if (connection.closed || connection.destroyed) connection = renewed(connection, url)
      const taken = await attackOnce(connection, subject, account)
      sent += taken
      fruitless = taken > 0 ? 0 : fruitless + 1
      if (fruitless > MAX_FRUITLESS) throw new Error('the gateway takes no streams any more')
    }
  } finally {
    connection.destroy()
  }
}

// One that only closes would stay until its last stream has.
function renewed(connection: ClientHttp2Session, url: string): ClientHttp2Session {
  connection.destroy()
  return quietly(connect(url))
}

// A connection that the gateway breaks is one more answer.
const quietly = (connection: ClientHttp2Session): ClientHttp2Session =>
  connection.on('error', () => undefined)

async function attackOnce(
  connection: ClientHttp2Session,
  subject: HostileSubject,
  account: HostileAccount,
): Promise<number> {
  const stream = openStream(connection)
  const answers = new AnswerReader(account)
  stream.on('data', (chunk: Buffer) => answers.read(chunk))
  stream.on('error', () => undefined)
  // Not `once`: that rejects when the stream breaks, which is one more answer.
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  account.streams += 1
  const nonce = await Promise.race([answers.challenge, closed.then(() => undefined)])
  const messages = nonce instanceof Uint8Array ? batchOf(subject, nonce) : []
  for (const { kind, bytes } of messages) {
    count(account.kinds, kind)
    if (stream.writable && !stream.write(bytes))
      await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), closed])
  }
  stream.end()
  stream.setTimeout(STREAM_TIMEOUT_MS, () => {
    account.untyped.push('a stream that was never ended')
    stream.close()
  })
  await closed
  // Too many broken streams: HTTP/2's own guard ends the connection.
  if (stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) count(account.answers, 'enhance_your_calm')
  else answers.finish()
  account.sent += messages.length
  return messages.length
}

// Most streams open well, so that what follows is looked at; a message after which nothing is looked at comes last.
function batchOf(subject: HostileSubject, nonce: Uint8Array): HostileMessage[] {
  const { insider, random } = subject
  if (random() < 0.1) return [badOpen(subject, nonce)]
  const messages = [
    { kind: 'good open', bytes: open(insider.agent, signChallenge(insider, nonce)), isLast: false },
  ]
  while (messages.length < PER_STREAM && !messages.at(-1)?.isLast) messages.push(hostileMessage(subject))
  return messages
}

function badOpen({ insider, victim, random }: HostileSubject, nonce: Uint8Array): HostileMessage {
  const ways = [
    open(insider.agent, signChallenge(insider, new Uint8Array(nonce.length))),
    open(victim.agent, signChallenge(insider, nonce)),
    open(insider.agent, signChallenge(insider, nonce, 'frame')),
    open('../../etc', new Uint8Array(3)),
    hostileMessage({ insider, victim, random }).bytes,
  ]
  const bytes = ways[Math.floor(random() * ways.length)] ?? Buffer.alloc(0)
  return { kind: 'bad open', bytes, isLast: true }
}

const open = (agent: string, signature: Uint8Array): Buffer =>
  envelope(requestBytes({ case: 'open', value: { agent, signature } }))

const signChallenge = (
  { agent, key }: TestAgent,
  nonce: Uint8Array,
  context: 'open' | 'frame' = 'open',
): Uint8Array => signMessage(context, Buffer.concat([nonce, Buffer.from(agent, 'ascii')]), key)

function openStream(connection: ClientHttp2Session): ClientHttp2Stream {
  return connection.request({
    ':method': 'POST',
    ':path': `/${IngestService.typeName}/${IngestService.method.stream.name}`,
    'content-type': 'application/connect+proto',
    'connect-protocol-version': '1',
  })
}

const count = (into: Map<string, number>, key: string): void => void into.set(key, (into.get(key) ?? 0) + 1)

class AnswerReader {
  readonly challenge: Promise<Uint8Array>
  readonly #account: HostileAccount
  readonly #challenged = Promise.withResolvers<Uint8Array>()
  #buffer = Buffer.alloc(0)
  #ended = false

  constructor(account: HostileAccount) {
    this.#account = account
    this.challenge = this.#challenged.promise
  }

  read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= 5) {
      const end = 5 + this.#buffer.readUInt32BE(1)
      if (this.#buffer.length < end) return
      const [flags, message] = [this.#buffer[0] ?? 0, this.#buffer.subarray(5, end)]
      this.#buffer = this.#buffer.subarray(end)
      if (flags & 2) this.#endOfStream(message)
      else this.#answer(message)
    }
  }

  finish(): void {
    if (!this.#ended) count(this.#account.answers, 'reset')
    if (this.#buffer.length > 0) this.#account.untyped.push('half an answer')
  }

  #answer(bytes: Uint8Array): void {
    const { message } = fromBinary(StreamResponseSchema, bytes)
    if (message.case === 'challenge') this.#challenged.resolve(message.value.nonce)
    if (message.case !== 'refusal') return
    const kind = REFUSALS.get(message.value.kind)
    if (!kind || message.value.reason === '') this.#account.untyped.push(`refusal ${message.value.kind}`)
    else count(this.#account.answers, kind)
  }

  #endOfStream(bytes: Uint8Array): void {
    this.#ended = true
    const end: unknown = JSON.parse(Buffer.from(bytes).toString())
    const error = typeof end === 'object' && end !== null && 'error' in end ? end.error : undefined
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'none'
    count(this.#account.answers, code)
    if (code !== 'none' && !ENDS.has(code)) this.#account.untyped.push(JSON.stringify(end))
  }
}
