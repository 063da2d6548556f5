// A spool without a disk, for simulated agents: the same promises, except that the end of the process ends it.

import { readFrameHeader, sha256, type ChainHead, type Sealed } from '@secumon/contracts/frame'
import type { SealedAt } from '../host-clock.ts'
import {
  missingBetween,
  requireNext,
  SpoolFull,
  type Spool,
  type SpoolCursor,
  type SpoolEntry,
  type SpoolRecord,
} from './spool.ts'

export type MemorySpoolOptions = {
  readonly anchor: ChainHead
  /** Of frames and signatures; the oldest are dropped beyond it. Default 1 MiB. */
  readonly maxBytes?: number
}

const DEFAULT_MAX_BYTES = 1024 ** 2

/** Opens an empty spool in memory. */
export const openMemorySpool = ({ anchor, maxBytes = DEFAULT_MAX_BYTES }: MemorySpoolOptions): Spool =>
  new MemorySpool(anchor, maxBytes)

class MemorySpool implements Spool {
  readonly #maxBytes: number
  /** Those behind the base; undefined where one was skipped. */
  #records: (SpoolRecord | undefined)[] = []
  #bytes = 0
  #head: ChainHead
  #base: ChainHead
  #durable = 0
  #inherited = 0
  #pristine = true
  #note: Uint8Array | undefined

  constructor(anchor: ChainHead, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#head = this.#base = anchor
  }

  get head(): ChainHead {
    return this.#head
  }

  get base(): ChainHead {
    return this.#base
  }

  get synced(): number {
    return this.#pristine ? 0 : this.#head.sequence
  }

  get durable(): number {
    return this.#durable
  }

  get pristine(): boolean {
    return this.#pristine
  }

  get note(): Uint8Array | undefined {
    return this.#note
  }

  get roomBytes(): number {
    return this.#maxBytes - this.#bytes
  }

  append(sealed: Sealed, sealedAt: SealedAt, note?: Uint8Array): void {
    requireNext(this.#head, sealed)
    const { sequence, bytes, signature, hash } = sealed
    const size = bytes.length + signature.length
    if (size > this.#maxBytes) throw new SpoolFull(`${this.#maxBytes} bytes do not hold another frame`)
    while (this.#bytes + size > this.#maxBytes) this.#dropOldest(1)
    this.#records.push({ sequence, bytes, signature, ...sealedAt })
    this.#bytes += size
    this.#head = { sequence, hash }
    this.#note = note ?? this.#note
  }

  remember(note: Uint8Array): void {
    this.#note = note
  }

  skip(count: number): void {
    const { sequence, hash } = this.#head
    for (let i = 0; i < count; i++) this.#records.push(undefined)
    this.#head = { sequence: sequence + count, hash }
  }

  inherit(): void {
    this.#inherited = this.#head.sequence
  }

  read(sequence: number): SpoolCursor {
    let wanted = sequence
    const next = (): SpoolEntry | undefined => {
      if (wanted > this.#head.sequence) return undefined
      const entry = this.#entry(wanted)
      wanted = (entry.kind === 'frame' ? entry.record.sequence : entry.missing.last) + 1
      return entry
    }
    return { next, close: () => undefined }
  }

  hashAt(sequence: number): Uint8Array | undefined {
    if (sequence === this.#head.sequence) return this.#head.hash
    if (sequence === this.#base.sequence) return this.#base.hash
    const record = this.#record(sequence)
    return record && sha256(record.bytes)
  }

  free(sequence: number): void {
    this.#durable = Math.max(this.#durable, Math.min(sequence, this.#head.sequence))
    this.#dropOldest(this.#durable - this.#base.sequence)
  }

  async sync(): Promise<void> {
    this.#pristine = false
  }

  async close(): Promise<void> {
    this.#records = []
  }

  #entry(wanted: number): SpoolEntry {
    const record = this.#record(wanted)
    if (record) return { kind: 'frame', record }
    const end = wanted <= this.#base.sequence ? this.#base : this.#endOfSkipped(wanted)
    const missing = missingBetween(wanted, end, { why: 'dropped', inherited: this.#inherited })
    return { kind: 'missing', missing }
  }

  #endOfSkipped(sequence: number): ChainHead {
    const next = this.#records.slice(sequence - this.#base.sequence).find(isKept)
    return next ? before(next) : this.#head
  }

  #record(sequence: number): SpoolRecord | undefined {
    return this.#records[sequence - this.#base.sequence - 1]
  }

  #dropOldest(count: number): void {
    if (count <= 0) return
    const dropped = this.#records.splice(0, count)
    for (const { bytes, signature } of dropped.filter(isKept)) this.#bytes -= bytes.length + signature.length
    const next = this.#records.find(isKept)
    const { hash } = next ? before(next) : this.#head
    this.#base = { sequence: this.#head.sequence - this.#records.length, hash }
  }
}

const isKept = (record: SpoolRecord | undefined): record is SpoolRecord => record !== undefined

const before = ({ sequence, bytes }: SpoolRecord): ChainHead => ({
  sequence: sequence - 1,
  hash: readFrameHeader(bytes).previousHash,
})
