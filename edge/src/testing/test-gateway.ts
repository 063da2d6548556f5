// A gateway for tests: real HTTP/2, real signatures, the log an array. Honest by default; a test interferes by
// answering a message itself.

import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { readFrameHeader, readGap, sha256, type ChainHead } from '@secumon/contracts/frame'
import { Lane, type GapReason } from '@secumon/contracts/gen/frame'
import { EpochStartedSchema } from '@secumon/contracts/gen/identity'
import {
  EpochReason,
  IngestService,
  RefusalKind,
  type StreamResponseSchema,
  type EpochRequest,
  type Open,
  type StreamRequest,
  type Submission,
} from '@secumon/contracts/gen/ingest'
import { rawPublicKey, verifyMessage } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2'
import type { KeyObject } from 'node:crypto'
import { createWake } from '../uplink/wake.ts'
import { TEST_CHAIN, TEST_KEY } from './chain.ts'

export type Answer = NonNullable<MessageInitShape<typeof StreamResponseSchema>['message']>

export type LoggedRecord = {
  readonly kind: 'frame' | 'gap'
  readonly epoch: number
  readonly first: number
  readonly last: number
  readonly bytes: Uint8Array
  readonly reason?: GapReason
  readonly ageMs: number
}

/** Answers instead of the honest gateway; undefined leaves it to be honest. */
export type Interference = (request: StreamRequest, gateway: TestGateway) => Answer[] | undefined

const SERIALIZED_EPOCH = (epoch: number): Uint8Array =>
  toBinary(
    EpochStartedSchema,
    create(EpochStartedSchema, {
      agent: TEST_CHAIN.agent,
      epoch: BigInt(epoch),
      publicKey: rawPublicKey(TEST_KEY),
      reason: EpochReason.FORK,
      lane: Lane.TELEMETRY,
    }),
  )

export const FIRST_EPOCH: Uint8Array = SERIALIZED_EPOCH(1)

export class TestGateway {
  readonly log: LoggedRecord[] = []
  readonly opens: Open[] = []
  readonly epochRequests: EpochRequest[] = []
  readonly submissions: Submission[] = []
  epoch = 1
  head: ChainHead = { sequence: 0, hash: sha256(FIRST_EPOCH) }
  /** Undefined: everything accepted is durable. */
  durable: number | undefined
  window = 8
  maxFrameBytes = 512 * 1024
  key: KeyObject = TEST_KEY
  interfere: Interference = () => undefined
  streams = 0
  mostStreams = 0
  opened = 0
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #says = new Set<(answer: Answer) => void>()
  #server: Http2Server | Http2SecureServer | undefined

  async listen(port = 0, tls?: { key: string; cert: string }): Promise<void> {
    const handler = connectNodeAdapter({
      routes: (router) => router.service(IngestService, { stream: (requests) => this.#stream(requests) }),
    })
    this.#server = tls ? createSecureServer(tls, handler) : createServer(handler)
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
    })
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    const address = this.#server?.address()
    assert(address && typeof address === 'object')
    return address.port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Cuts every connection, as a crash would. */
  cut(): void {
    for (const session of this.#sessions) session.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** Says something to every open stream, unasked. */
  say(answer: Answer): void {
    for (const say of this.#says) say(answer)
  }

  /** Goes back to what the log was after `sequence`, as a restored server would. */
  rollBack(sequence: number): void {
    while ((this.log.at(-1)?.last ?? 0) > sequence) this.log.pop()
    const last = this.log.at(-1)
    this.head = last ? this.#headAfter(last) : { sequence: 0, hash: sha256(FIRST_EPOCH) }
  }

  hello(): Answer {
    return {
      case: 'hello',
      value: {
        lane: Lane.TELEMETRY,
        epoch: BigInt(this.epoch),
        lastSequence: BigInt(this.head.sequence),
        lastHash: this.head.hash,
        durable: BigInt(this.durable ?? this.head.sequence),
        limits: { maxFrameBytes: this.maxFrameBytes, window: this.window },
      },
    }
  }

  ack(): Answer {
    const accepted = BigInt(this.head.sequence)
    const durable = BigInt(this.durable ?? this.head.sequence)
    return { case: 'ack', value: { lane: Lane.TELEMETRY, epoch: BigInt(this.epoch), accepted, durable } }
  }

  refusal(kind: RefusalKind, more: { sequence?: number; retryAfterMs?: number } = {}): Answer {
    const { sequence = 0, retryAfterMs = 0 } = more
    const { sequence: last, hash } = this.head
    const lane = { lane: Lane.TELEMETRY, epoch: BigInt(this.epoch), reason: 'as the test wants' }
    return {
      case: 'refusal',
      value: {
        ...lane,
        kind,
        sequence: BigInt(sequence),
        retryAfterMs,
        lastSequence: BigInt(last),
        lastHash: hash,
      },
    }
  }

  grant(): Answer {
    this.epoch += 1
    const epochStarted = SERIALIZED_EPOCH(this.epoch)
    this.head = { sequence: 0, hash: sha256(epochStarted) }
    return { case: 'epochGrant', value: { lane: Lane.TELEMETRY, epoch: BigInt(this.epoch), epochStarted } }
  }

  async *#stream(
    requests: AsyncIterable<StreamRequest>,
  ): AsyncGenerator<MessageInitShape<typeof StreamResponseSchema>> {
    const queue: Answer[] = []
    const wake = createWake()
    let isOver = false
    const say = (answer: Answer): void => {
      queue.push(answer)
      wake.notify()
    }
    this.#says.add(say)
    this.mostStreams = Math.max(this.mostStreams, ++this.streams)
    const nonce = crypto.getRandomValues(new Uint8Array(32))
    say({ case: 'challenge', value: { nonce } })
    const reading = this.#read(requests, nonce, say).finally(() => {
      isOver = true
      wake.notify()
    })
    reading.catch(() => undefined)
    try {
      for (;;) {
        for (const message of queue.splice(0)) yield { message }
        if (isOver) return await reading
        await wake.wait()
      }
    } finally {
      this.#says.delete(say)
      this.streams--
    }
  }

  async #read(
    requests: AsyncIterable<StreamRequest>,
    nonce: Uint8Array,
    say: (answer: Answer) => void,
  ): Promise<void> {
    for await (const request of requests) {
      const answers = this.interfere(request, this) ?? this.#honest(request, nonce)
      for (const answer of answers) say(answer)
    }
  }

  #honest({ message }: StreamRequest, nonce: Uint8Array): Answer[] {
    switch (message.case) {
      case 'open': {
        const { agent, signature } = message.value
        const signed = Buffer.concat([nonce, Buffer.from(agent)])
        assert(verifyMessage('open', signed, signature, this.key), 'the Open is signed')
        this.opens.push(message.value)
        return [this.hello()]
      }
      case 'epochRequest':
        this.epochRequests.push(message.value)
        return [this.grant()]
      case 'submission':
        this.submissions.push(message.value)
        return [this.admit(message.value)]
      default:
        return []
    }
  }

  /** What the honest gateway makes of a submission. */
  admit({ record, ageMs }: Submission): Answer {
    const offered = record.case === 'frame' ? this.#frame(record.value) : this.#gap(record.value)
    const { first, last, epoch } = offered
    if (epoch === this.epoch && last <= this.head.sequence) return this.ack()
    const follows = epoch === this.epoch && first === this.head.sequence + 1 && this.#chains(offered)
    if (!follows) return this.refusal(RefusalKind.REWIND)
    this.log.push({ ...offered, ageMs })
    this.head = this.#headAfter(offered)
    return this.ack()
  }

  #frame(value: { frame: Uint8Array; signature: Uint8Array } | undefined): Omit<LoggedRecord, 'ageMs'> {
    assert(value && verifyMessage('frame', value.frame, value.signature, this.key), 'the frame is signed')
    const { sequence, epoch } = readFrameHeader(value.frame)
    return { kind: 'frame', epoch, first: sequence, last: sequence, bytes: value.frame }
  }

  #gap(value: unknown): Omit<LoggedRecord, 'ageMs'> {
    const { gap, signature } = value as { gap: Uint8Array; signature: Uint8Array }
    assert(verifyMessage('gap', gap, signature, this.key), 'the gap is signed')
    const { first, last, epoch, reason } = readGap(gap)
    return { kind: 'gap', epoch, first, last, bytes: gap, reason }
  }

  #chains({ kind, bytes }: Omit<LoggedRecord, 'ageMs'>): boolean {
    return kind === 'gap' || Buffer.compare(readFrameHeader(bytes).previousHash, this.head.hash) === 0
  }

  #headAfter({ kind, bytes, last }: Omit<LoggedRecord, 'ageMs'>): ChainHead {
    return { sequence: last, hash: kind === 'frame' ? sha256(bytes) : readGap(bytes).hashOfLast }
  }
}
