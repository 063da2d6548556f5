// The agent's end of one stream, message by message: a real HTTP/2 client that does what a test says and keeps what it
// hears.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { createClient, ConnectError } from '@connectrpc/connect'
import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { Sealed } from '@secumon/contracts/frame'
import { IngestService, StreamRequestSchema, type StreamResponse } from '@secumon/contracts/gen/ingest'
import { LANES, laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { signMessage } from '@secumon/contracts/signing'
import type { TestAgent } from './test-agent.ts'

type Request = NonNullable<MessageInitShape<typeof StreamRequestSchema>['message']>
type Message = Extract<StreamResponse['message'], { case: string }>
type Case = Message['case']
type Heard<K extends Case> = { [M in Message as M['case']]: M['value'] }[K]

/** Time after which a test gives up waiting for an answer. */
const PATIENCE_MS = 10_000

export class StreamClient {
  readonly heard: Message[] = []
  /** How the stream ended; undefined while it is open or when it ended normally. */
  error: ConnectError | undefined
  ended = false
  readonly #sessions: Http2SessionManager
  readonly #abort = new AbortController()
  #requests: (Request | undefined)[] = []
  #wakeSender: (() => void) | undefined
  #watchers = new Set<() => void>()

  constructor(url: string) {
    this.#sessions = new Http2SessionManager(url)
    const transport = createConnectTransport({
      baseUrl: url,
      httpVersion: '2',
      sessionManager: this.#sessions,
    })
    const client = createClient(IngestService, transport)
    void this.#listen(client.stream(this.#outgoing(), { signal: this.#abort.signal }))
  }

  send(request: Request): void {
    this.#requests.push(request)
    this.#wakeSender?.()
  }

  frame({ bytes: frame, signature }: Sealed, ageMs = 0): void {
    this.send({
      case: 'submission',
      value: { record: { case: 'frame', value: { frame, signature } }, ageMs },
    })
  }

  gap({ bytes: gap, signature }: Sealed): void {
    this.send({ case: 'submission', value: { record: { case: 'gap', value: { gap, signature } }, ageMs: 0 } })
  }

  /** Answers the challenge and waits for a Hello of each lane. */
  async open({ agent, key }: TestAgent, epochs: Partial<Record<LaneName, number>> = {}) {
    const { nonce } = await this.next('challenge')
    this.send({
      case: 'open',
      value: {
        agent,
        signature: signMessage('open', Buffer.concat([nonce, Buffer.from(agent, 'ascii')]), key),
        epochs: LANES.map((lane) => ({ lane: laneNumber(lane), epoch: BigInt(epochs[lane] ?? 1) })),
        agentVersion: 'test',
      },
    })
  }

  /** Opens and returns the Hello of a lane. */
  async hello(agent: TestAgent, lane: LaneName = 'telemetry'): Promise<Heard<'hello'>> {
    await this.open(agent)
    for (;;) {
      const hello = await this.next('hello')
      if (hello.lane === laneNumber(lane)) return hello
    }
  }

  /** The next message of that kind, dropping others before it. @throws Error when the stream ends or time is up */
  async next<K extends Message['case']>(kind: K): Promise<Heard<K>> {
    const isKind = (message: Message): message is Message & { case: K; value: Heard<K> } =>
      message.case === kind
    await this.until(() => this.heard.some(isKind), `a ${kind}`)
    const found = this.heard.find(isKind)
    if (!found) throw new Error(`no ${kind}`)
    this.heard.splice(0, this.heard.indexOf(found) + 1)
    return found.value
  }

  /** Waits until the gateway has accepted a sequence. */
  async accepted(sequence: number, lane: LaneName = 'telemetry'): Promise<void> {
    for (;;) {
      const ack = await this.next('ack')
      if (ack.lane === laneNumber(lane) && Number(ack.accepted) >= sequence) return
    }
  }

  /** Waits until the stream has ended. */
  async end(): Promise<ConnectError | undefined> {
    await this.until(() => this.ended, 'the end')
    return this.error
  }

  async until(fact: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!fact()) {
      if (this.ended) throw new Error(`the stream ended before ${what}: ${this.error?.message ?? 'normally'}`)
      if (performance.now() > deadline)
        throw new Error(`${what} did not come; heard ${this.heard.map((m) => m.case).join(' ')}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#watchers.add(() => (clearTimeout(timer), resolve()))
      })
    }
  }

  /** Sends nothing more, and hears what is still said. */
  finish(): void {
    this.#requests.push(undefined)
    this.#wakeSender?.()
  }

  close(): void {
    this.#abort.abort()
    this.#sessions.abort()
  }

  async *#outgoing() {
    for (;;) {
      if (this.#requests.length === 0) await new Promise<void>((resolve) => (this.#wakeSender = resolve))
      const request = this.#requests.shift()
      if (!request) return
      yield create(StreamRequestSchema, { message: request })
    }
  }

  async #listen(answers: AsyncIterable<StreamResponse>): Promise<void> {
    try {
      for await (const { message } of answers) {
        if (message.case) this.heard.push(message)
        this.#tell()
      }
    } catch (error) {
      this.error = ConnectError.from(error)
    }
    this.ended = true
    this.#tell()
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }
}
