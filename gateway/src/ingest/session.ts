// One stream of one agent, from Challenge to its end. It reads no faster than the log takes, and refuses nothing
// without saying so in the protocol's own words.

import { Code, ConnectError } from '@connectrpc/connect'
import { MalformedFrame } from '@secumon/contracts/frame'
import type { EpochRequest, Open, StreamRequest, Submission } from '@secumon/contracts/gen/ingest'
import { LANES, laneName, type LaneName } from '@secumon/contracts/lanes'
import { randomBytes } from 'node:crypto'
import type { Carrier } from './carrier.ts'
import type { Offer } from './chain.ts'
import { answerEpochRequest } from './epochs.ts'
import type { Gateway } from './gateway.ts'
import { checkOpen, claimedEpochs } from './handshake.ts'
import type { KnownAgent } from './identities.ts'
import { Lane, type LaneOwner } from './lane.ts'
import { openLane } from './lane-opening.ts'
import type { BadReason, CloseReason } from './metrics.ts'
import { Outbox } from './outbox.ts'
import { reEnrol, refusalName, replace, type Refused } from './refusals.ts'
import type { RequestTaker } from './request-reader.ts'
import { faultOf, isCrowded } from './stream-lanes.ts'
import { placeOf, readSubmission, type Candidate } from './submission.ts'

const NONCE_BYTES = 32
/** Within this time agents come back after a goaway. */
const RETURN_JITTER_MS = 10_000
/** Time an agent has to leave after it was asked to. */
const LEAVING_MS = 120_000
/** Time an ended stream has to be read to its end. */
const FAREWELL_MS = 2_000

export class Session implements LaneOwner, RequestTaker {
  readonly outbox = new Outbox()
  readonly #gateway: Gateway
  readonly #carrier: Carrier
  readonly #nonce = randomBytes(NONCE_BYTES)
  readonly #ending = new AbortController()
  readonly #closed = Promise.withResolvers<void>()
  readonly #goawayAtMs: number
  readonly #openTimer: NodeJS.Timeout
  #known: KnownAgent | undefined
  #claimed: Record<LaneName, number> = { telemetry: 0, logs: 0 }
  #lanes: Lane[] = []
  #greeted = new Set<Lane>()
  #granting = new Set<Lane>()
  #predecessor: Promise<void> = Promise.resolve()
  #askedToLeave = false
  #leaving = false
  #accused = false
  #bad = 0
  #wake: (() => void) | undefined

  constructor(gateway: Gateway, carrier: Carrier) {
    const { limits, clock, sessions } = gateway
    this.#gateway = gateway
    this.#carrier = carrier
    this.#goawayAtMs = clock.monotonicMs() + limits.goawayAfterMs * (1 + Math.random() / 2)
    sessions.add(this)
    this.#openTimer = setTimeout(() => this.#notOpened(), limits.openTimeoutMs)
    carrier.onClose(() => this.#close())
    this.outbox.say({ case: 'challenge', value: { nonce: this.#nonce } })
  }

  /** Resolves when the stream is closed. */
  get gone(): Promise<void> {
    return this.#closed.promise
  }

  take(request: StreamRequest): Promise<void> | undefined {
    const pending = this.#handle(request)
    return pending || this.#mustPause() || this.#ending.signal.aborted ? this.#ready(pending) : undefined
  }

  ended(): void {
    void this.#drained().then(() => this.end())
  }

  // What the reader cannot read is the agent's doing; all else is ours.
  failed(error: unknown): void {
    if (this.#ending.signal.aborted) return
    if (error instanceof ConnectError) return this.end('unparsable', error)
    this.#gateway.logger.error({ err: error, agent: this.#known?.agent }, 'stream failed')
    this.end('failed', new ConnectError('internal error', Code.Internal))
  }

  /** Ends the stream once everything said is written. */
  end(reason?: CloseReason, error?: ConnectError): void {
    if (this.#ending.signal.aborted) return
    if (reason) this.#gateway.metrics.closed.inc({ reason })
    this.#ending.abort()
    for (const lane of this.#lanes) lane.close()
    this.outbox.end(error)
    this.#wake?.()
    const timer = setTimeout(() => this.#carrier.destroy(), FAREWELL_MS)
    void this.#closed.promise.then(() => clearTimeout(timer))
  }

  /** Asks the agent to go, takes nothing more, ends; resolves when no publish of its is without an answer. */
  async leave(closing: CloseReason, reason: string): Promise<void> {
    this.#leaving = true
    this.outbox.say({ case: 'goaway', value: { afterMs: 0, jitterMs: RETURN_JITTER_MS, reason } })
    for (const lane of this.#lanes) lane.close()
    await this.#settled()
    this.end(closing)
  }

  identityChanged(known: KnownAgent): void {
    if (!this.#known) return
    this.#known = known
    if (known.identity.revoked) return this.#reEnrol('this identity was revoked')
    for (const lane of this.#lanes) {
      if (known.epoch(lane.name) <= lane.epoch) continue
      lane.startEpoch(known)
      if (this.#greeted.has(lane) && !this.#granting.has(lane)) this.outbox.say(lane.hello())
    }
  }

  /** Marks time: what the log or the archive may have said unheard, who has stayed too long. */
  sweep(): void {
    for (const lane of this.#greeted) lane.sweep()
    const nowMs = this.#gateway.clock.monotonicMs()
    if (nowMs > this.#goawayAtMs + LEAVING_MS) return this.end('rebalance')
    if (nowMs <= this.#goawayAtMs || this.#askedToLeave) return
    this.#askedToLeave = true
    this.outbox.say({
      case: 'goaway',
      value: { afterMs: 0, jitterMs: LEAVING_MS / 2, reason: 'rebalancing' },
    })
  }

  refuse(refusal: Refused): void {
    if (this.#ending.signal.aborted) return
    this.#gateway.metrics.refusals.inc({ kind: refusalName(refusal) })
    this.outbox.say(refusal)
  }

  acknowledge(lane: Lane): void {
    this.outbox.tell(lane.ack)
  }

  bad(reason: BadReason): void {
    const { metrics, limits, logger } = this.#gateway
    metrics.bad.inc({ reason })
    if (++this.#bad < limits.maxBadMessages || this.#ending.signal.aborted) return
    if (this.#known) logger.warn({ agent: this.#known.agent, reason }, 'stream closed: too many bad messages')
    this.end('hostile', new ConnectError('too many bad messages', Code.PermissionDenied))
  }

  clone(lane: Lane, { epoch, last: sequence, hash: offeredHash }: Offer): void {
    const known = this.#known
    if (!known || this.#accused) return
    this.#accused = true
    const { commands, logger } = this.#gateway
    const report = { lane: lane.name, epoch, sequence, loggedHash: lane.head.hash, offeredHash }
    logger.warn({ agent: known.agent, lane: lane.name, epoch, sequence }, 'clone detected')
    commands.reportClone(known, report).then(
      () => this.#reEnrol('two hosts use this identity'),
      (error: unknown) => this.failed(error),
    )
  }

  settled(): void {
    this.#wake?.()
  }

  #close(): void {
    clearTimeout(this.#openTimer)
    this.end()
    this.#gateway.sessions.remove(this, this.#known?.agent)
    this.#closed.resolve()
  }

  #notOpened(): void {
    if (!this.#known) this.end('not_opened', new ConnectError('no Open in time', Code.DeadlineExceeded))
  }

  #handle({ message }: StreamRequest): Promise<void> | undefined {
    if (this.#isOver) return undefined
    if (message.case === 'open' && !this.#known) return this.#open(message.value)
    if (this.#known && message.case === 'submission') {
      this.#submit(this.#known, message.value)
      return undefined
    }
    if (this.#known && message.case === 'epochRequest') return this.#requestEpoch(this.#known, message.value)
    this.bad('unexpected')
    if (!this.#known) this.end('unparsable', new ConnectError('an Open comes first', Code.InvalidArgument))
    return undefined
  }

  async #open(open: Open): Promise<void> {
    const { sessions } = this.#gateway
    const opened = await checkOpen(this.#gateway, open, this.#nonce)
    if (this.#isOver) return
    if (opened.outcome === 're_enrol') return this.#reEnrol(opened.reason)
    if (opened.outcome === 'unavailable')
      return this.end('failed', new ConnectError(opened.reason, Code.Unavailable))
    this.#known = opened.known
    this.#claimed = claimedEpochs(open)
    this.#carrier.opened()
    const previous = sessions.takeOver(opened.known.agent, this)
    this.#predecessor = previous?.leave('taken_over', 'the agent opened another stream') ?? this.#predecessor
    await this.#predecessor
    if (this.#isOver) return
    this.#lanes = LANES.filter((name) => opened.known.epoch(name) > 0).map(
      (name) => new Lane(name, this.#known ?? opened.known, this, this.#gateway),
    )
    await Promise.all(this.#lanes.map((lane) => this.#greet(lane, opened.known)))
  }

  async #greet(lane: Lane, known: KnownAgent): Promise<void> {
    const opener = { owner: this, known, claimed: this.#claimed[lane.name], signal: this.#ending.signal }
    if (!(await openLane(lane, this.#gateway, opener))) return
    this.#greeted.add(lane)
    this.outbox.say(lane.hello())
  }

  #submit(known: KnownAgent, submission: Submission): void {
    const candidate = this.#readCandidate(submission)
    if (!candidate) return
    const lane = this.#lanes.find(({ name }) => name === candidate.chain.lane)
    if (!lane) return this.bad('lane')
    const fault = faultOf(candidate, known, this.#gateway)
    if (!fault) return lane.offer(candidate)
    this.bad(fault.reason)
    lane.replace(candidate, fault.detail)
  }

  #readCandidate(submission: Submission): Candidate | undefined {
    try {
      return readSubmission(submission)
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error
      this.bad('malformed')
      const place = placeOf(submission)
      if (place) this.refuse(replace(place, error.message))
      else this.end('unparsable', new ConnectError(error.message, Code.InvalidArgument))
      return undefined
    }
  }

  async #requestEpoch(known: KnownAgent, request: EpochRequest): Promise<void> {
    const lane = this.#lanes.find(({ name }) => name === laneName(request.lane))
    if (!lane) return this.bad('lane')
    // An agent that missed a grant is granted the same epoch again; but not one that has been written to.
    const claimed = this.#claimed[lane.name]
    const knows = lane.head.sequence === 0 && claimed < lane.epoch ? claimed : lane.epoch
    this.#granting.add(lane)
    const answer = await answerEpochRequest(this.#gateway, known, { lane: lane.name, knows, request })
    this.#granting.delete(lane)
    if (answer.outcome === 'refused') {
      if (answer.isEarly) this.bad('epoch_flood')
      return this.refuse(answer.refusal)
    }
    this.#claimed[lane.name] = answer.epoch
    this.outbox.say(answer.grant)
  }

  #reEnrol(reason: string): void {
    this.refuse(reEnrol(reason))
    this.end('re_enrol')
  }

  get #isOver(): boolean {
    return this.#leaving || this.#accused || this.#ending.signal.aborted
  }

  #mustPause(): boolean {
    const { budget, limits } = this.#gateway
    return !this.#isOver && (this.outbox.full || budget.full || isCrowded(this.#lanes, limits.window))
  }

  /** Resolves when the next request may be taken: after the end, when the stream is closed. */
  async #ready(pending: Promise<void> | undefined): Promise<void> {
    await pending
    while (this.#mustPause()) await this.#room()
    if (this.#ending.signal.aborted) await this.#closed.promise
  }

  /** Resolves when something that made it pause may be over. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.outbox.full) this.outbox.whenRoom(resolve)
      if (this.#gateway.budget.full) this.#gateway.budget.whenRoom(resolve)
    })
  }

  async #drained(): Promise<void> {
    while (!this.#isOver && this.#lanes.some((lane) => lane.waiting > 0)) await this.#room()
  }

  async #settled(): Promise<void> {
    await this.#predecessor
    await Promise.all(this.#lanes.map((lane) => lane.idle()))
  }
}
