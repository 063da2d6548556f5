// A lane's subject in the log: read for its last record, appended to under its last position.

import type { ChainHead } from '@secumon/contracts/frame'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import type { LaneName } from '@secumon/contracts/lanes'
import { laneStream, laneSubject, shardOf } from '@secumon/contracts/subjects'
import type { AppendOutcome, LogTrouble } from '@secumon/infra/eventlog/event-log'
import type { DurableMarks } from './durable-marks.ts'
import type { IngestContext } from './ingest-context.ts'
import type { KnownAgent } from './identities.ts'
import { headOf, laneRecord } from './lane-record.ts'
import { isDown } from './log-up.ts'
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
  readonly #context: IngestContext
  readonly #marks: DurableMarks
  #epoch = 0
  #position = 0
  #connection = -1

  constructor(name: LaneName, { agent, identity }: KnownAgent, context: IngestContext) {
    const shard = shardOf(agent, context.shards)
    this.subject = laneSubject({ lane: name, shard, tenant: identity.tenant, agent })
    this.#stream = laneStream(name, shard)
    this.#context = context
    this.#marks = context.marks.of(this.subject)
  }

  /** Why the lane's stream takes nothing now. */
  get trouble(): LogTrouble {
    return this.#context.log.troubleOf(this.#stream)
  }

  /** True when the position may be wrong: never read, another connection since, or an append without an answer. */
  get stale(): boolean {
    return this.#connection !== this.#context.log.connectionNumber
  }

  /** Safe from a crash of the log's machine. While the log is away nothing more becomes so: it may come back with less. */
  get durable(): number {
    const { log, clock } = this.#context
    return this.stale || isDown(log) ? this.#marks.said : this.#marks.durable(clock.monotonicMs())
  }

  /** The log still holds `sequence`. */
  holds(sequence: number): void {
    if (!this.stale) this.#marks.accepted(sequence, this.#context.clock.monotonicMs())
  }

  /** Nothing of the new epoch is in the log yet. */
  startEpoch(epoch: number): void {
    this.#epoch = epoch
    this.#confirm(0)
  }

  /**
   * The head of the epoch's chain.
   * @throws EpochAhead, LogDisconnected
   */
  async read(epoch: number, anchor: Uint8Array): Promise<ChainHead> {
    const { log } = this.#context
    const connection = log.connectionNumber
    this.#epoch = epoch
    const message = await log.lastMessage(this.#stream, this.subject)
    const head = message && headOf(message.payload)
    if (head && head.epoch > epoch) throw new EpochAhead(this.subject, head.epoch, epoch)
    this.#position = message?.position ?? 0
    this.#connection = connection
    const isCurrent = head?.epoch === epoch
    // Of an epoch that began meanwhile nothing was read.
    this.#confirm(isCurrent && epoch === this.#epoch ? head.sequence : 0)
    return isCurrent ? head : { sequence: 0, hash: anchor }
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

  #confirm(sequence: number): void {
    const basis = { epoch: this.#epoch, connection: this.#connection }
    this.#marks.confirm(basis, sequence, this.#context.clock.monotonicMs())
  }
}

// An agent may claim any time; readers refuse a header that is no safe integer.
const safeInteger = (value: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))

const unavailable = (error: unknown): AppendOutcome => ({ outcome: 'unavailable', reason: String(error) })
