// Reads the archive, also from another process while it is written: only flushes that are whole.

import {
  ArchiveDamaged,
  type ArchivedLeaf,
  type ArchiveHeads,
  type ArchiveKeys,
  type ArchiveReader,
  type RecordFilter,
  type SegmentInfo,
  type SegmentKind,
} from './archive.ts'
import { Snapshots, type ArchivePlaces, type SegmentSource } from './archive-snapshot.ts'
import { HASH_BYTES } from '@secumon/contracts/frame'
import { ContentsCache } from './contents-cache.ts'
import { HeadsFold } from './heads-fold.ts'
import type { BlockSpot } from './open-scan.ts'
import { orderedBlocks } from './ordered-blocks.ts'
import { blockFilter, wantsFlush, wantsSegment } from './record-filter.ts'
import { blockLeaves } from './segment-blocks.ts'
import { SegmentGone, unlessGone, untilThere } from './segment-gone.ts'
import type { SegmentContents } from './segment-index.ts'

export function openArchiveReader(places: ArchivePlaces): ArchiveReader {
  return new SegmentReader(places)
}

export type ReadFlush = { flush: number; writtenAtMs: number; records: readonly ArchivedLeaf[] }

export type ReadHashes = { first: number; hashes: readonly Uint8Array[] }

class SegmentReader implements ArchiveReader {
  readonly #keys: ArchiveKeys
  readonly #snapshots: Snapshots
  readonly #cache = new ContentsCache()

  constructor(places: ArchivePlaces) {
    this.#keys = places.keys
    this.#snapshots = new Snapshots(places)
  }

  async segments(filter: { tenant?: string; kind?: SegmentKind } = {}): Promise<SegmentInfo[]> {
    await using snapshot = await this.#snapshots.take()
    const { tenant, kind } = filter
    return snapshot.segments
      .map(({ info }) => info)
      .filter((info) => (tenant ?? info.tenant) === info.tenant && (kind ?? info.kind) === info.kind)
      .toSorted((a, b) => (a.tenant === b.tenant ? a.firstLeaf - b.firstLeaf : a.tenant < b.tenant ? -1 : 1))
  }

  heads(afterFlush = 0): Promise<ArchiveHeads> {
    return untilThere(() => this.#headsNow(afterFlush))
  }

  async #headsNow(afterFlush: number): Promise<ArchiveHeads> {
    await using snapshot = await this.#snapshots.take()
    const fold = new HeadsFold(afterFlush)
    for (const source of snapshot.segments)
      if (source.info.lastFlush > afterFlush) fold.add(source.info.tenant, await this.#contents(source))
    return fold.heads(snapshot.flush)
  }

  async *flushes(filter: RecordFilter): AsyncGenerator<ReadFlush, void, undefined> {
    for (let afterFlush = filter.afterFlush ?? 0; ;)
      try {
        for await (const flush of this.#flushesNow({ ...filter, afterFlush })) {
          yield flush
          afterFlush = flush.flush
        }
        return
      } catch (error) {
        // Another look shows what has taken the segment's place.
        if (!(error instanceof SegmentGone)) throw error
      }
  }

  async *leafHashes(tenant: string, from = 0): AsyncGenerator<ReadHashes, void, undefined> {
    for (let next = from; ;)
      try {
        for await (const found of this.#leafHashesNow(tenant, next)) {
          yield found
          next = found.first + found.hashes.length
        }
        return
      } catch (error) {
        if (!(error instanceof SegmentGone)) throw error
      }
  }

  async *#flushesNow(filter: RecordFilter): AsyncGenerator<ReadFlush, void, undefined> {
    await using snapshot = await this.#snapshots.take()
    for (const [flush, damage] of snapshot.broken) if (wantsFlush(filter, flush)) throw damage
    const sources = snapshot.segments.filter(({ info }) => wantsSegment(filter, info))
    const wanted = blockFilter(filter, (source) => this.#contents(source))
    let ready: ReadFlush = { flush: 0, writtenAtMs: 0, records: [] }
    for await (const found of orderedBlocks({ sources, by: 'flush', blocksOf: wanted.blocksOf })) {
      filter.signal?.throwIfAborted()
      const { flush, writtenAtMs } = found.block.head
      if (flush !== ready.flush) {
        if (ready.records.length > 0) yield inLogOrder(ready)
        ready = { flush, writtenAtMs, records: [] }
      }
      const leaves = (await blockLeaves(this.#keys, found.source.info, found)) ?? []
      if (wanted.hasRecord(leaves))
        ready.records = ready.records.length > 0 ? [...ready.records, ...leaves] : leaves
    }
    if (ready.records.length > 0) yield inLogOrder(ready)
  }

  async *#leafHashesNow(tenant: string, from: number): AsyncGenerator<ReadHashes, void, undefined> {
    await using snapshot = await this.#snapshots.take()
    const sources = snapshot.segments.filter(({ info }) => info.tenant === tenant && info.lastLeaf >= from)
    let next = from
    const blocksOf = async (source: SegmentSource): Promise<BlockSpot[]> =>
      (await this.#blocks(source)).filter(({ firstLeaf, count }) => firstLeaf + count > from)
    for await (const { source, offset, block } of orderedBlocks({ sources, by: 'firstLeaf', blocksOf })) {
      const { firstLeaf, leafHashes } = block.head
      if (firstLeaf > next)
        throw new ArchiveDamaged(source.info.name, offset, `leaves ${next} – ${firstLeaf - 1} are missing`)
      const hashes = chunks(leafHashes).slice(next - firstLeaf)
      yield { first: next, hashes }
      next += hashes.length
    }
  }

  async #blocks(source: SegmentSource): Promise<readonly BlockSpot[]> {
    return source.open?.blocks ?? (await this.#contents(source)).blocks
  }

  async #contents(source: SegmentSource): Promise<SegmentContents> {
    if (source.open) return source.open.contents()
    const { info, read } = source
    return unlessGone(source, () => this.#cache.read(info.name, info.sizeBytes, read))
  }
}

const inLogOrder = (flush: ReadFlush): ReadFlush => ({
  ...flush,
  records: flush.records.toSorted((a, b) =>
    a.stream === b.stream ? a.position - b.position : a.stream < b.stream ? -1 : 1,
  ),
})

const chunks = (hashes: Uint8Array): Uint8Array[] =>
  Array.from({ length: hashes.length / HASH_BYTES }, (_, i) =>
    hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
