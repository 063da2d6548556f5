// A spool without a disk, for simulated agents: the same promises, except that the end of the process ends it.

import { readFrameHeader, sha256, type ChainHead, type Sealed } from '@secumon/contracts/frame'
import type { SealedAt } from '../host-clock.ts'
import {
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
  #records: SpoolRecord[] = []
  #bytes = 0
  #head: ChainHead
  #base: ChainHead
  #durable = 0
  #pristine = true

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

  append(sealed: Sealed, sealedAt: SealedAt): void {
    requireNext(this.#head, sealed)
    const { sequence, bytes, signature, hash } = sealed
    const size = bytes.length + signature.length
    if (size > this.#maxBytes) throw new SpoolFull(`${this.#maxBytes} bytes do not hold another frame`)
    while (this.#bytes + size > this.#maxBytes) this.#dropOldest(1)
    this.#records.push({ sequence, bytes, signature, ...sealedAt })
    this.#bytes += size
    this.#head = { sequence, hash }
  }

  read(sequence: number): SpoolCursor {
    let wanted = sequence
    const next = (): SpoolEntry | undefined => {
      if (wanted > this.#head.sequence) return undefined
      const { sequence: last, hash: hashOfLast } = this.#base
      const first = wanted
      wanted = Math.max(wanted, last) + 1
      if (first <= last) return { kind: 'missing', missing: { first, last, hashOfLast, why: 'dropped' } }
      const record = this.#record(first)
      return record && { kind: 'frame', record }
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

  #record(sequence: number): SpoolRecord | undefined {
    return this.#records[sequence - this.#base.sequence - 1]
  }

  #dropOldest(count: number): void {
    if (count <= 0) return
    const dropped = this.#records.splice(0, count)
    for (const { bytes, signature } of dropped) this.#bytes -= bytes.length + signature.length
    const [next] = this.#records
    const hash = next ? readFrameHeader(next.bytes).previousHash : this.#head.hash
    this.#base = { sequence: this.#head.sequence - this.#records.length, hash }
  }
}
