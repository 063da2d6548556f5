// One lane of one stream: what to send next, and what each answer of the gateway means for it. Always goes back to
// the first record in doubt: sending a record twice is harmless, leaving one out is not.

import {
  EpochReason,
  type Ack,
  type EpochGrant,
  type Hello,
  type Refusal,
  type StreamRequest,
} from '@secumon/contracts/gen/ingest'
import { GapReason } from '@secumon/contracts/gen/frame'
import { MAX_FRAME_BYTES, sha256 } from '@secumon/contracts/frame'
import { errorText } from '../error-code.ts'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import type { Spool, SpoolCursor, SpoolEntry, SpoolRecord } from '../spool/spool.ts'
import { readEpochGrant } from './epoch-grant.ts'
import { GatewayFault } from './gateway-fault.ts'
import type { LaneChain } from './lane-chain.ts'
import { epochRequest, frameRequest, gapReason, gapRequest } from './requests.ts'

export type LaneSenderOptions = {
  readonly chain: LaneChain
  readonly clock: HostClock
  readonly logger: EdgeLogger
  readonly random: () => number
  readonly quarantine: (chain: LaneChain, record: SpoolRecord, why: string) => void
  /** There may be something to send. */
  readonly wake: () => void
}

const MIN_WAIT_MS = 100
const MAX_WAIT_MS = 15 * 60_000
/** Rewinds without a frame accepted in between that a gateway may ask for. */
const PATIENT_REWINDS = 16

type Phase =
  /** Nothing is known of the log yet. */
  | 'silent'
  | 'sending'
  /** The chain cannot go on; a new epoch has to be asked for, or has been. */
  | 'forked'
  | 'asked'

export class LaneSender {
  readonly #options: LaneSenderOptions
  readonly #refused = new Set<number>()
  #phase: Phase = 'silent'
  #reason: EpochReason = EpochReason.FORK
  #cursor: SpoolCursor | undefined
  #waiting: SpoolEntry | undefined
  #sent = 0
  #window = 1
  #maxFrameBytes = MAX_FRAME_BYTES
  /** After a setback one record at a time, until one is accepted. */
  #isCareful = false
  #rewinds = 0
  #hold: NodeJS.Timeout | undefined

  constructor(options: LaneSenderOptions) {
    this.#options = options
  }

  get chain(): LaneChain {
    return this.#options.chain
  }

  get hasHeardHello(): boolean {
    return this.#phase !== 'silent'
  }

  get isHeld(): boolean {
    return this.#hold !== undefined
  }

  /** Records sent and not known to be accepted. */
  get inFlight(): number {
    return this.#phase === 'sending' ? Math.max(0, this.#sent - this.chain.accepted) : 0
  }

  /** The next message, or undefined until something changes. Frames are safe on disk before they are sent. */
  async next(): Promise<StreamRequest | undefined> {
    for (;;) {
      if (this.isHeld) return undefined
      if (this.#phase === 'forked') return this.#askForEpoch()
      const entry = this.#peek()
      if (!entry) return undefined
      const { spool } = this.chain
      if (entry.kind === 'frame' && entry.record.sequence > spool.synced) await this.#sync(spool)
      // An answer may have moved the lane meanwhile.
      if (entry === this.#waiting && !this.isHeld) return this.#take(entry)
    }
  }

  hello(hello: Hello): void {
    this.#window = Math.max(1, hello.limits?.window ?? 1)
    this.#maxFrameBytes = Math.min(MAX_FRAME_BYTES, hello.limits?.maxFrameBytes || MAX_FRAME_BYTES)
    if (!this.#isCurrent(hello.epoch)) return
    this.#stand(Number(hello.lastSequence), hello.lastHash, Number(hello.durable))
  }

  ack({ epoch, accepted: upTo, durable }: Ack): void {
    if (Number(epoch) !== this.chain.identity.epoch || this.#phase !== 'sending') return
    const accepted = Number(upTo)
    if (accepted > this.#sent) throw new GatewayFault(`frame ${accepted} accepted that was not sent`)
    if (accepted > this.chain.accepted) {
      this.#isCareful = false
      this.#rewinds = 0
      for (const sequence of this.#refused) if (sequence <= accepted) this.#refused.delete(sequence)
    }
    this.chain.settle(Math.max(accepted, this.chain.accepted), Number(durable))
    this.#options.wake()
  }

  wait({ retryAfterMs, reason }: Refusal): void {
    const { logger, random, wake } = this.#options
    const delayMs = Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, retryAfterMs)) * (1 + random() / 4)
    logger.info('the gateway asks to wait', {
      lane: this.chain.identity.lane,
      delayMs: Math.round(delayMs),
      reason,
    })
    clearTimeout(this.#hold)
    this.#hold = setTimeout(() => {
      this.#hold = undefined
      wake()
    }, delayMs)
    if (this.#phase === 'asked') this.#phase = 'forked'
    if (this.#phase === 'sending') this.#goBackTo(this.chain.accepted)
  }

  rewind(refusal: Refusal): void {
    if (this.#phase !== 'sending' || !this.#isCurrent(refusal.epoch)) return
    if (++this.#rewinds > PATIENT_REWINDS)
      throw new GatewayFault(`${PATIENT_REWINDS} rewinds and nothing accepted`)
    this.#stand(Number(refusal.lastSequence), refusal.lastHash, this.chain.spool.durable)
    this.#isCareful = true
  }

  replace({ epoch, sequence: refused, reason }: Refusal): void {
    const sequence = Number(refused)
    if (Number(epoch) !== this.chain.identity.epoch || this.#phase !== 'sending') return
    if (sequence <= this.chain.accepted || sequence > this.#sent) return
    if (this.#refused.has(sequence))
      throw new GatewayFault(`the gap for frame ${sequence} was refused: ${reason}`)
    this.#setAside(sequence, reason)
    this.#goBackTo(sequence - 1)
  }

  /** @throws GatewayFault when the grant is not for this lane's next epoch */
  async grant(grant: EpochGrant): Promise<void> {
    const { identity, key } = this.chain
    const { epoch, epochStarted } = readEpochGrant(grant, this.chain)
    this.#phase = 'asked'
    this.#dropCursor()
    const moved = await this.chain.move({ identity: { ...identity, epoch }, epochStarted, key })
    this.#options.logger.warn('a new epoch began', { lane: identity.lane, epoch, ...moved })
    this.#refused.clear()
    this.#resumeFrom(0)
  }

  close(): void {
    clearTimeout(this.#hold)
    this.#hold = undefined
    this.#dropCursor()
    this.#phase = 'silent'
  }

  // True for this chain's epoch. Of a newer one the grant was missed; of an older one the gateway is behind.
  #isCurrent(epoch: bigint): boolean {
    const own = this.chain.identity.epoch
    if (Number(epoch) === own) return true
    if (Number(epoch) < own)
      throw new GatewayFault(`the gateway knows epoch ${epoch}, this agent is in ${own}`)
    this.#fork(EpochReason.SPOOL_BEHIND)
    return false
  }

  // The log's last frame is this one: go on behind it if it is ours.
  #stand(last: number, hash: Uint8Array, durable: number): void {
    const { spool } = this.chain
    const own = spool.hashAt(last)
    if (own && Buffer.compare(own, hash) !== 0) return this.#fork(EpochReason.FORK)
    // What was dropped cannot be compared; but what was never sent is not what the log has.
    if (!own && last > this.chain.submitted) return this.#fork(EpochReason.SPOOL_BEHIND)
    this.chain.settle(last, durable)
    this.#resumeFrom(last)
  }

  #fork(reason: EpochReason): void {
    const { logger, wake } = this.#options
    this.chain.fork()
    this.#reason = reason
    this.#phase = 'forked'
    this.#dropCursor()
    logger.warn('the log does not continue this spool; asking for a new epoch', {
      lane: this.chain.identity.lane,
      reason: reason === EpochReason.FORK ? 'fork' : 'spool behind',
      doubtfulFrames: this.chain.doubtful,
    })
    wake()
  }

  #askForEpoch(): StreamRequest {
    this.#phase = 'asked'
    return epochRequest(this.chain, this.#reason)
  }

  #resumeFrom(accepted: number): void {
    this.#phase = 'sending'
    this.#goBackTo(accepted)
    this.#isCareful = false
  }

  #goBackTo(sequence: number): void {
    this.#dropCursor()
    this.#cursor = this.chain.spool.read(sequence + 1)
    this.#sent = sequence
    this.#isCareful = true
    this.#options.wake()
  }

  // A disk that cannot flush is about to die: then it matters more that somebody hears of it.
  async #sync(spool: Spool): Promise<void> {
    try {
      await spool.sync()
    } catch (error) {
      this.#options.logger.error('the spool cannot be flushed to disk', { reason: errorText(error) })
    }
  }

  #dropCursor(): void {
    this.#cursor?.close()
    this.#cursor = this.#waiting = undefined
  }

  #peek(): SpoolEntry | undefined {
    const window = this.#isCareful ? 1 : this.#window
    if (this.#phase !== 'sending' || this.inFlight >= window) return undefined
    this.#waiting ??= this.#cursor?.next()
    return this.#waiting
  }

  #take(entry: SpoolEntry): StreamRequest {
    const { clock } = this.#options
    this.#waiting = undefined
    this.#sent = entry.kind === 'missing' ? entry.missing.last : entry.record.sequence
    this.chain.submit(this.#sent)
    if (entry.kind === 'missing') {
      const reason = gapReason(entry.missing, this.chain.spool.durable)
      return gapRequest(this.chain, entry.missing, reason, clock.nowMs())
    }
    const { record } = entry
    if (record.bytes.length > this.#maxFrameBytes && !this.#refused.has(record.sequence))
      this.#keepAside(record, `${record.bytes.length} bytes exceed the log's ${this.#maxFrameBytes}`)
    if (!this.#refused.has(record.sequence)) return frameRequest(record, clock)
    const { sequence: first, bytes } = record
    return gapRequest(
      this.chain,
      { first, last: first, hashOfLast: sha256(bytes) },
      GapReason.REFUSED,
      clock.nowMs(),
    )
  }

  #setAside(sequence: number, why: string): void {
    const cursor = this.chain.spool.read(sequence)
    const entry = cursor.next()
    cursor.close()
    if (entry?.kind === 'frame') this.#keepAside(entry.record, why)
    else this.#refused.add(sequence)
  }

  #keepAside(record: SpoolRecord, why: string): void {
    this.#refused.add(record.sequence)
    this.#options.quarantine(this.chain, record, why)
    this.#options.logger.warn('a frame was refused and set aside', { sequence: record.sequence, why })
  }
}
