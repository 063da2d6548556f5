// Sends hostile messages over real HTTP/2 streams and keeps account of what the gateway makes of them.

import { fromBinary } from '@bufbuild/protobuf'
import { IngestService, RefusalKind, StreamResponseSchema } from '@secumon/contracts/gen/ingest'
import { signMessage } from '@secumon/contracts/signing'
import { once } from 'node:events'
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { envelope, hostileMessage, randomFrom, requestBytes, type HostileSubject } from './hostile.ts'
import type { TestAgent } from './test-agent.ts'

/** Messages sent on one stream, more than the gateway puts up with. */
const PER_STREAM = 16
const STREAM_TIMEOUT_MS = 20_000

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
  let connection = connect(url)
  const until = account.sent + messages
  while (account.sent < until) {
    if (connection.closed || connection.destroyed) connection = connect(url)
    connection.on('error', () => undefined)
    await attackOnce(connection, subject, account)
  }
  connection.close()
}

async function attackOnce(
  connection: ClientHttp2Session,
  subject: HostileSubject,
  account: HostileAccount,
): Promise<void> {
  const stream = openStream(connection)
  const answers = new AnswerReader(account)
  stream.on('data', (chunk: Buffer) => answers.read(chunk))
  stream.on('error', () => undefined)
  const closed = once(stream, 'close')
  account.streams += 1
  const nonce = await Promise.race([answers.challenge, closed.then(() => undefined)])
  if (nonce instanceof Uint8Array) await misbehave(stream, { ...subject, nonce }, account)
  stream.end()
  stream.setTimeout(STREAM_TIMEOUT_MS, () => {
    account.untyped.push('a stream that was never ended')
    stream.close()
  })
  await closed
  answers.finish()
}

async function misbehave(
  stream: ClientHttp2Stream,
  subject: HostileSubject & { readonly nonce: Uint8Array },
  account: HostileAccount,
): Promise<void> {
  stream.write(openingOf(subject, account))
  for (let i = 0; i < PER_STREAM && stream.writable; i++) {
    const { kind, bytes } = hostileMessage(subject)
    count(account.kinds, kind)
    account.sent += 1
    if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
  }
}

// Most streams open well, so that what follows is looked at; the others fail at the door in one of four ways.
function openingOf(
  { insider, victim, random, nonce }: HostileSubject & { nonce: Uint8Array },
  account: HostileAccount,
): Buffer {
  const sign = (context: 'open' | 'frame', challenge: Uint8Array): Uint8Array =>
    signMessage(context, Buffer.concat([challenge, Buffer.from(insider.agent, 'ascii')]), insider.key)
  const open = (agent: string, signature: Uint8Array): Buffer =>
    envelope(requestBytes({ case: 'open', value: { agent, signature } }))
  const choice = random()
  if (choice < 0.88) return open(insider.agent, sign('open', nonce))
  count(account.kinds, 'bad open')
  account.sent += 1
  if (choice < 0.91) return open(insider.agent, sign('open', new Uint8Array(32)))
  if (choice < 0.94) return open(victim.agent, sign('open', nonce))
  if (choice < 0.97) return open(insider.agent, sign('frame', nonce))
  return open('../../etc', new Uint8Array(3))
}

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
