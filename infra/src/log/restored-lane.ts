// One lane whose log is behind: takes the archive's records as they come by and publishes those it lacks, each behind
// the one before, as the gateway did.

import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import type { ArchivedRecord } from '../archive/archive.ts'
import { isWanted, type LaneNeed, type Place } from './lane-need.ts'
import { comparePlaces, follows, type LanePlace } from './lane-place.ts'
import { restoreRecord, type RestoringLog } from './restore-record.ts'
import { watermarkOf } from './watermark.ts'

/** What a message costs a stream beyond its payload. */
const MESSAGE_BYTES = 200

/** What may still be written to a stream. */
export type Room = { bytes: number }

/** Part of the archive that is read at once: its newest flushes. */
export type Window = {
  /** When its first flush was written; what arrived before is not in it. */
  readonly fromMs: number
  /** It is all there is. */
  readonly whole: boolean
}

export type LaneOptions = {
  readonly log: RestoringLog
  readonly subject: string
  readonly stream: string
  readonly need: LaneNeed
  /** Shared by the lanes of a stream. */
  readonly room: Room
}

export class RestoredLane {
  readonly #options: LaneOptions
  #end: Place
  #position: number
  /** False while the subject ends before `#end`: the projections have what lies between. */
  #inLog: boolean
  #state: 'waiting' | 'going' | 'older' | 'forked' | 'full' = 'waiting'
  /** Records published. */
  restored = 0

  constructor(options: LaneOptions) {
    const { need } = options
    const { place, position } = need.logged
    this.#options = options
    this.#end = need.after
    this.#position = position
    this.#inLog = place !== undefined && comparePlaces(place, need.after) === 0
  }

  get subject(): string {
    return this.#options.subject
  }

  get stream(): string {
    return this.#options.stream
  }

  get need(): LaneNeed {
    return this.#options.need
  }

  /** Up to here the lane is restored. */
  get end(): Place {
    return this.#end
  }

  get isForked(): boolean {
    return this.#state === 'forked'
  }

  /** Up to the archive's end, or left alone for good. */
  get isDone(): boolean {
    return this.isForked || this.#state === 'full' || comparePlaces(this.#end, this.need.head) >= 0
  }

  /** Projections will see a hole: the archive's end was not reached, and not because nobody wants what is old. */
  get lacks(): boolean {
    const { head, lowest } = this.need
    const begun = lowest !== undefined || this.#state === 'going' || this.#state === 'full'
    return begun && comparePlaces(this.#end, head) < 0
  }

  /** A wider window is about to be read. */
  begin(): void {
    if (this.#state === 'older') this.#state = 'waiting'
  }

  /** @throws RestoreFailed */
  async take(record: ArchivedRecord, place: LanePlace, window: Window): Promise<void> {
    const { need } = this
    if (this.isDone || this.#state === 'older' || comparePlaces(place, this.#end) <= 0) return
    if (!isWanted(need, place, record.receivedAtMs)) return
    if (this.#state === 'waiting' && !this.#begins(place, window)) {
      this.#state = 'older'
      return
    }
    if (this.#contradicts(place)) {
      this.#state = 'forked'
      return
    }
    if (!this.#hasRoom(record)) return
    this.#state = 'going'
    await this.#publish(record, place)
  }

  /** Where records could not be had, the lane goes on from the archive's end all the same. False: nothing to do. */
  async finish(): Promise<boolean> {
    const { head } = this.need
    if (this.isForked) return false
    if (comparePlaces(this.#end, head) < 0) {
      this.#end = head
      this.#inLog = false
    }
    if (this.#inLog) return false
    await this.#writeWatermark()
    return true
  }

  // Before the first record: is it the one that is lacking, or is that further back?
  #begins(place: LanePlace, { whole, fromMs }: Window): boolean {
    const { sinceMs, lowest } = this.need
    const nobodyMissesMore = lowest === undefined && fromMs <= sinceMs
    return whole || nobodyMissesMore || follows(place, this.#end)
  }

  #contradicts({ previousHash, epoch, sequence }: LanePlace): boolean {
    const isNext = epoch === this.#end.epoch && sequence === this.#end.sequence + 1
    return isNext && previousHash !== undefined && Buffer.compare(previousHash, this.#end.hash) !== 0
  }

  #hasRoom({ payload }: ArchivedRecord): boolean {
    const { room } = this.#options
    room.bytes -= payload.length + MESSAGE_BYTES
    if (room.bytes < 0) this.#state = 'full'
    return room.bytes >= 0
  }

  async #publish(record: ArchivedRecord, place: LanePlace): Promise<void> {
    if (!this.#inLog && this.#end.epoch > 0) await this.#writeWatermark()
    this.#inLog = true
    await this.#append(record.payload, headersOf(record))
    this.#end = place
    this.restored++
  }

  async #writeWatermark(): Promise<void> {
    const { tenant, agent, lane } = this.need.head
    await this.#append(watermarkOf({ tenant, agent, lane, ...this.#end }))
    this.#inLog = true
  }

  async #append(payload: Uint8Array, headers: Record<string, string> = {}): Promise<void> {
    const { log, stream, subject } = this.#options
    this.#position = await restoreRecord(log, { stream, subject, payload, headers, last: this.#position })
  }
}

const headersOf = ({ receivedAtMs, clockOffsetMs }: ArchivedRecord): Record<string, string> => ({
  ...(receivedAtMs !== undefined && { [RECEIVED_AT]: String(receivedAtMs) }),
  ...(clockOffsetMs !== undefined && { [CLOCK_OFFSET]: String(clockOffsetMs) }),
})
