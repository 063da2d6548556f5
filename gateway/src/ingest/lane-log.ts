// A lane's subject in the log: read for its last record, appended to under its last position.

import type { ChainHead } from '@secumon/contracts/frame'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import type { LaneName } from '@secumon/contracts/lanes'
import { laneStream, laneSubject, shardOf } from '@secumon/contracts/subjects'
import type { AppendOutcome, LogTrouble } from '@secumon/infra/eventlog/event-log'
import type { FollowedLane } from './durable-lanes.ts'
import type { IngestContext } from './ingest-context.ts'
import type { KnownAgent } from './identities.ts'
import { headOf, laneRecord } from './lane-record.ts'
import type { Candidate } from './submission.ts'

/** The log holds a newer epoch than the identity that is known here. */
export class EpochAhead extends Error {
  override readonly name = 'EpochAhead'
  readonly epoch: number
  constructor(subject: string, epoch: number, known: number) {
    super(`${subject} is in epoch ${epoch}, not ${known}`)
    this.epoch = epoch
  }
}

export class LaneLog {
  readonly subject: string
  readonly #stream: string
  readonly #name: LaneName
  readonly #context: IngestContext
  readonly #durable: FollowedLane
  #said: { readonly epoch: number; readonly sequence: number } | undefined
  #position = 0
  #connection = -1

  /** @param moved called when more of it is in the archive */
  constructor(
    name: LaneName,
    { agent, identity }: KnownAgent,
    { context, moved }: { readonly context: IngestContext; readonly moved: () => void },
  ) {
    const shard = shardOf(agent, context.shards)
    this.subject = laneSubject({ lane: name, shard, tenant: identity.tenant, agent })
    this.#stream = laneStream(name, shard)
    this.#name = name
    this.#context = context
    this.#durable = context.durable.follow(agent, name, moved)
  }

  /** Why the lane's stream takes nothing now. */
  get trouble(): LogTrouble {
    return this.#context.log.troubleOf(this.#stream)
  }

  /** True when the position may be wrong: never read, another connection since, or an append without an answer. */
  get stale(): boolean {
    return this.#connection !== this.#context.log.connectionNumber
  }

  /** Up to where the chain is in the archive, as far as the log holds it: an archive ahead of the log proves nothing. */
  durable(epoch: number, { sequence }: ChainHead): number {
    return Math.min(this.#durable.of(epoch), sequence)
  }

  /** The same; remembers that the agent hears of it. */
  sayDurable(epoch: number, head: ChainHead): number {
    this.#said = { epoch, sequence: this.durable(epoch, head) }
    return this.#said.sequence
  }

  /** True when the agent has been greeted and there is more to say than it has heard. */
  hasDurableNews(epoch: number, head: ChainHead): boolean {
    if (!this.#said) return false
    return this.durable(epoch, head) > (this.#said.epoch === epoch ? this.#said.sequence : 0)
  }

  /** Asks the archiver; resolves when it has answered, or has not in time. */
  askDurable(): Promise<void> {
    return this.#context.durable.ask(this.#durable.agent)
  }

  /** Hears nothing more of the archive. */
  close(): void {
    this.#context.durable.unfollow(this.#durable, this.#name)
  }

  /**
   * The head of the epoch's chain.
   * @throws EpochAhead, LogDisconnected
   */
  async read(epoch: number, anchor: Uint8Array): Promise<ChainHead> {
    const { log } = this.#context
    const connection = log.connectionNumber
    const message = await log.lastMessage(this.#stream, this.subject)
    const head = message && headOf(message.payload)
    if (head && head.epoch > epoch) throw new EpochAhead(this.subject, head.epoch, epoch)
    this.#position = message?.position ?? 0
    this.#connection = connection
    return head?.epoch === epoch ? head : { sequence: 0, hash: anchor }
  }

  /** Appends the record verbatim if nothing was appended since the subject was read. Never rejects. */
  async append(
    { kind, bytes, signature, ageMs, sentAtMs }: Candidate,
    receivedAtMs: number,
  ): Promise<AppendOutcome> {
    const { log, clock, metrics } = this.#context
    const headers = {
      [RECEIVED_AT]: String(receivedAtMs),
      [CLOCK_OFFSET]: String(safeInteger(receivedAtMs - ageMs - sentAtMs)),
    }
    const options = { expectedLast: this.#position, headers }
    const startedMs = clock.monotonicMs()
    const outcome = await log
      .append(this.subject, laneRecord(kind, bytes, signature), options)
      .catch(unavailable)
    metrics.appendSeconds.observe((clock.monotonicMs() - startedMs) / 1000)
    if (outcome.outcome === 'appended') this.#position = outcome.position
    else if (outcome.outcome === 'unavailable') this.#connection = -1
    return outcome
  }
}

// An agent may claim any time; readers refuse a header that is no safe integer.
const safeInteger = (value: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))

const unavailable = (error: unknown): AppendOutcome => ({ outcome: 'unavailable', reason: String(error) })
