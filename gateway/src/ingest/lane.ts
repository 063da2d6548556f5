// One lane of one stream: takes records in order, has their signatures checked, publishes one at a time, and says how
// far it is. Nothing is acknowledged that the log has not taken.

import type { ChainHead } from '@secumon/contracts/frame'
import type { LaneName } from '@secumon/contracts/lanes'
import type { AppendOutcome } from '@secumon/infra/eventlog/event-log'
import { headAfter, judge, sameHead, type Offer } from './chain.ts'
import type { IngestContext } from './ingest-context.ts'
import type { KnownAgent } from './identities.ts'
import { ack, hello } from './lane-answers.ts'
import { LaneLog } from './lane-log.ts'
import { LaneQueue, type Entry } from './lane-queue.ts'
import { isDown } from './log-up.ts'
import type { BadReason } from './metrics.ts'
import type { Answer } from './outbox.ts'
import { replace, rewind, wait, type Refused } from './refusals.ts'
import { Setbacks, type Setback } from './setback.ts'
import type { Candidate } from './submission.ts'

/** Records of a backlog that one Ack may stand for: writing it costs as much as all else but the signature. */
const ACK_EVERY = 8

/** What a lane asks of its stream. */
export type LaneOwner = {
  refuse(refusal: Refused): void
  /** Have `lane.ack()` sent. */
  acknowledge(lane: Lane): void
  bad(reason: BadReason): void
  clone(lane: Lane, offer: Offer): void
  /** The queue may be shorter than it was. */
  settled(): void
}

export class Lane {
  readonly name: LaneName
  readonly #owner: LaneOwner
  readonly #context: IngestContext
  readonly #log: LaneLog
  readonly #openedEpoch: number
  readonly #queue: LaneQueue
  readonly #setbacks: Setbacks
  #known: KnownAgent
  #head: ChainHead
  /** A publish or a read is under way: no other may be. */
  #busy = false
  #closed = false
  /** Records accepted since the last Ack. */
  #untold = 0
  #idle: (() => void)[] = []

  constructor(name: LaneName, known: KnownAgent, owner: LaneOwner, context: IngestContext) {
    this.name = name
    this.#known = known
    this.#owner = owner
    this.#context = context
    this.#log = new LaneLog(name, known, { context, moved: this.#durableMoved })
    this.#queue = new LaneQueue(context.budget)
    this.#setbacks = new Setbacks(context.limits.window)
    this.#openedEpoch = known.epoch(name)
    this.#head = { sequence: 0, hash: known.anchor(name) }
  }

  get epoch(): number {
    return this.#known.epoch(this.name)
  }

  get head(): ChainHead {
    return this.#head
  }

  /** Records taken and not settled. */
  get waiting(): number {
    return this.#queue.length
  }

  readonly hello = (): Answer => hello(this.#standing(), this.#context)

  /** What it says when it has moved; made when it is sent. */
  readonly ack = (): Answer => ack(this.#standing())

  /** Reads where the log stands before the lane is told of. @throws EpochAhead, LogDisconnected */
  async open(): Promise<void> {
    const { epoch } = this
    const reading = this.#log.read(epoch, this.#known.anchor(this.name))
    const [head] = await Promise.all([reading, this.#log.askDurable()])
    if (epoch === this.epoch) this.#head = head
  }

  /** Takes, answers or drops one record whose identity has been checked. */
  offer(candidate: Candidate): void {
    const { offer } = candidate
    switch (this.#judge(offer)) {
      case 'take':
        return this.#take(candidate)
      case 'known':
        return this.#owner.acknowledge(this)
      case 'drop':
        return this.#drop()
      case 'rewind':
        return this.#setBack('rewind', 'the record does not follow the last one')
      case 'fork':
      case 'superseded':
        return this.#verify(candidate, (good) =>
          good ? this.#owner.clone(this, offer) : this.#forged(candidate),
        )
    }
  }

  /** Says that this record is bad and stays bad. */
  replace({ offer }: Candidate, reason: string): void {
    if (this.#judge({ ...offer, previousHash: this.#tail.hash }) === 'take') this.#setbacks.resending = true
    if (this.#untold > 0) this.#acknowledge()
    this.#owner.refuse(replace({ lane: this.name, epoch: offer.epoch, sequence: offer.first }, reason))
  }

  /** Reads again: what was accepted may be gone, or somebody else has appended. */
  async reread(): Promise<void> {
    if (this.#busy || this.#closed) return
    this.#busy = true
    await this.#catchUp().catch(() => this.#wait('the log cannot be read'))
    this.#unoccupied()
  }

  /** Marks time: reads again when the log may have changed, and asks what the archiver may have said unheard. */
  sweep(): void {
    if (isDown(this.#context.log)) return
    if (this.#log.stale) return void this.reread()
    if (this.#log.durable(this.epoch, this.#head) < this.#head.sequence) void this.#log.askDurable()
  }

  /** Goes on with the newest epoch of the agent. */
  startEpoch(known: KnownAgent): void {
    this.#queue.clear()
    this.#known = known
    this.#head = { sequence: 0, hash: known.anchor(this.name) }
    this.#setbacks.restart()
    this.#untold = 0
  }

  /** Takes nothing more; what the log has not been given is forgotten. */
  close(): void {
    this.#closed = true
    this.#queue.clear()
    this.#log.close()
  }

  /** Resolves when no publish is without an answer. */
  idle(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve()
  }

  get #tail(): ChainHead {
    return this.#queue.tail(this.#head, this.epoch)
  }

  #judge(offer: Offer): ReturnType<typeof judge> {
    const { epoch, head } = this
    const chain = {
      openedEpoch: this.#openedEpoch,
      epoch,
      head,
      tail: this.#tail,
      resending: this.#setbacks.resending,
    }
    return judge(chain, offer)
  }

  #standing() {
    const { name, epoch } = this
    return { name, epoch, head: this.#head, durable: this.#log.sayDurable(epoch, this.#head) }
  }

  readonly #durableMoved = (): void => {
    if (this.#log.hasDurableNews(this.epoch, this.#head)) this.#acknowledge()
  }

  #take(candidate: Candidate): void {
    const { trouble } = this.#log
    if (trouble !== undefined) return this.#wait(trouble)
    const entry: Entry = { candidate, receivedAtMs: this.#context.clock.nowMs(), verified: false }
    this.#setbacks.resumed()
    this.#queue.push(entry)
    this.#verify(candidate, (good) => this.#verified(entry, good))
  }

  #verify({ kind, bytes, signature }: Candidate, answer: (good: boolean) => void): void {
    this.#context.verifier.check({ context: kind, bytes, signature, key: this.#known.key }, answer)
  }

  #verified(entry: Entry, good: boolean): void {
    entry.verified = good
    if (good) this.#pump()
    else if (this.#queue.dropFrom(entry)) this.#forged(entry.candidate)
  }

  #forged(candidate: Candidate): void {
    this.#owner.bad('signature')
    this.replace(candidate, 'the signature does not match the enrolled key')
  }

  #pump(): void {
    if (this.#busy || this.#closed) return
    const { first } = this.#queue
    if (!first) return this.#sayDue()
    if (!first.verified) return
    const { trouble, stale } = this.#log
    if (trouble !== undefined) return this.#wait(trouble)
    if (stale) return void this.reread()
    if (!this.#context.budget.beginPublish(this.#retry)) return
    const entry = this.#queue.publish()
    if (entry) this.#publish(entry)
  }

  readonly #retry = (): void => this.#pump()

  #publish(entry: Entry): void {
    this.#busy = true
    void this.#log.append(entry.candidate, entry.receivedAtMs).then((outcome) => this.#settle(entry, outcome))
  }

  #settle(entry: Entry, outcome: AppendOutcome): void {
    this.#context.budget.endPublish()
    if (outcome.outcome === 'conflict') return void this.#recover(entry)
    if (outcome.outcome === 'appended') this.#appended(entry)
    this.#queue.published()
    if (outcome.outcome === 'unavailable') this.#wait(outcome.reason)
    this.#unoccupied()
  }

  // Another writer was faster, or an earlier publish of this very record was stored though nobody heard.
  async #recover(entry: Entry): Promise<void> {
    this.#context.metrics.conflicts.inc()
    await this.#catchUp(entry).catch(() => this.#wait('the log cannot be read'))
    this.#queue.published()
    this.#unoccupied()
  }

  async #catchUp(published?: Entry): Promise<void> {
    const { epoch } = this
    const head = await this.#log.read(epoch, this.#known.anchor(this.name))
    if (epoch !== this.epoch) return
    if (published && sameHead(head, headAfter(published.candidate.offer))) return this.#appended(published)
    const moved = published !== undefined || !sameHead(head, this.#head)
    this.#head = head
    if (!moved) return
    this.#queue.clear()
    this.#setBack('rewind', 'the log ends elsewhere', true)
  }

  #appended({ candidate }: Entry): void {
    const { metrics } = this.#context
    metrics.frames[this.name].inc()
    metrics.bytes[this.name].inc(candidate.bytes.length)
    if (candidate.offer.epoch !== this.epoch) return
    this.#head = headAfter(candidate.offer)
    this.#setbacks.progressed()
    if (++this.#untold >= ACK_EVERY || this.waiting <= 1 || this.#closed) this.#acknowledge()
  }

  #acknowledge(): void {
    this.#untold = 0
    this.#owner.acknowledge(this)
  }

  #wait(reason: string): void {
    this.#queue.clear()
    this.#setBack('wait', reason)
  }

  // What is queued goes first: the agent must hear of a head that is in the log.
  #setBack(kind: Setback['kind'], reason: string, isBlameless = false): void {
    this.#setbacks.owe({ kind, reason, isBlameless })
    if (this.waiting === 0) this.#sayDue()
  }

  #sayDue(): void {
    const due = this.#setbacks.take()
    if (!due) return
    if (this.#untold > 0) this.#acknowledge()
    if (this.#setbacks.isHopeless) this.#owner.bad('no_progress')
    const waitMs = this.#context.limits.retryAfterMs * (1 + Math.random())
    const head = { epoch: this.epoch, ...this.#head }
    this.#owner.refuse(
      due.kind === 'wait' ? wait(this.name, waitMs, due.reason) : rewind(this.name, head, due.reason),
    )
  }

  // An agent has at most a window under way when it hears that it must send again.
  #drop(): void {
    if (this.#setbacks.drop()) this.#setBack('rewind', 'still waiting for the next record')
  }

  #unoccupied(): void {
    this.#busy = false
    this.#pump()
    this.#owner.settled()
    if (!this.#busy) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
