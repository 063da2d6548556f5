// The segments a writer has open: which one a block goes to, and which are due to be sealed.

import type { SegmentKind } from './archive.ts'
import { OpenSegment } from './open-segment.ts'
import { dayOf } from './segment-name.ts'

export type ArchiveLimits = {
  /** A segment is sealed once it has this size, at the latest when its day is over. */
  readonly maxSegmentBytes: number
  /** Or this many blocks: a tenant that has a record in each flush must not fill the memory with places of blocks. */
  readonly maxSegmentBlocks: number
  /** Sealed this long after it was begun: where an open segment is less safe than a sealed one. */
  readonly sealAfterMs?: number
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxSegmentBytes: 256 * 1024 ** 2,
  maxSegmentBlocks: 8_192,
}

export type NextBlock = {
  readonly tenant: string
  readonly kind: SegmentKind
  readonly firstLeaf: number
  readonly atMs: number
}

export class OpenSegments {
  readonly #directory: string
  readonly #limits: ArchiveLimits
  /** By tenant and kind: where the next block goes. */
  readonly #current = new Map<string, OpenSegment>()
  /** Nothing is added to them any more. */
  readonly #ended = new Set<OpenSegment>()

  constructor(directory: string, limits: ArchiveLimits, taken: readonly OpenSegment[]) {
    this.#directory = directory
    this.#limits = limits
    for (const segment of taken) this.#adopt(segment)
  }

  get all(): readonly OpenSegment[] {
    return [...this.#ended, ...this.#current.values()]
  }

  /** The segment that takes a block; `created`: a file that its directory does not yet hold for sure. */
  async forBlock({ tenant, kind, firstLeaf, atMs }: NextBlock) {
    const key = `${tenant}/${kind}`
    const current = this.#current.get(key)
    if (current && !this.#isDue(current, atMs)) return { segment: current, created: false }
    if (current) this.#end(key, current)
    const segment = await OpenSegment.create(this.#directory, { tenant, kind, day: dayOf(atMs) }, firstLeaf)
    this.#current.set(key, segment)
    return { segment, created: true }
  }

  due(nowMs: number): readonly OpenSegment[] {
    for (const [key, segment] of this.#current) if (this.#isDue(segment, nowMs)) this.#end(key, segment)
    return [...this.#ended]
  }

  /** It is sealed, or was never announced. */
  forget(segment: OpenSegment): void {
    this.#ended.delete(segment)
    for (const [key, each] of this.#current) if (each === segment) this.#current.delete(key)
  }

  #isDue({ header, sizeBytes, shredded, begunAtMs, fold }: OpenSegment, nowMs: number): boolean {
    const { maxSegmentBytes, maxSegmentBlocks, sealAfterMs = Infinity } = this.#limits
    const old = header.day < dayOf(nowMs) || nowMs - begunAtMs >= sealAfterMs
    return shredded || old || sizeBytes >= maxSegmentBytes || fold.blocks.length >= maxSegmentBlocks
  }

  #end(key: string, segment: OpenSegment): void {
    this.#current.delete(key)
    this.#ended.add(segment)
  }

  #adopt(segment: OpenSegment): void {
    const key = `${segment.header.tenant}/${segment.header.kind}`
    const other = this.#current.get(key)
    const [older, newer] = other && leafOf(other) > leafOf(segment) ? [segment, other] : [other, segment]
    if (older) this.#ended.add(older)
    this.#current.set(key, newer)
  }
}

const leafOf = (segment: OpenSegment): number => segment.range?.firstLeaf ?? 0
