// Writes the archive's segments. A flush is on the disk, whole and synced, before `write` returns; of a flush that a crash
// cut short, no later writer or reader sees anything.

import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'
import type {
  ArchivedRecord,
  ArchiveHeads,
  ArchiveKeys,
  ArchiveStore,
  ArchiveWriter,
  StreamMark,
} from './archive.ts'
import { leavesOf } from './block.ts'
import { needingRoom } from './file-faults.ts'
import { flushBlocks } from './flush-blocks.ts'
import { HeadsFold } from './heads-fold.ts'
import { listSealed, newestFlush } from './listed-segments.ts'
import type { OpenSegment } from './open-segment.ts'
import { DEFAULT_ARCHIVE_LIMITS, OpenSegments, type ArchiveLimits } from './open-segments.ts'
import { PendingFlush } from './pending-flush.ts'
import { sealSegment } from './seal-segment.ts'
import { readContents } from './segment-contents.ts'
import { takeOver, type TakenOver } from './take-over.ts'
import { WaitingSegments } from './waiting-segments.ts'

export type ArchiveWriterOptions = {
  /** Where segments lie while they are open; with a directory as store, its root. */
  readonly directory: string
  readonly store: ArchiveStore
  readonly keys: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<ArchiveLimits>
  /** The newest flush that the database knows of, which no crash can have cut short. Default 0. */
  readonly committedFlush?: number
}

/** At the turn of a day every tenant has segments to seal: the rest is done the next time. */
const SEALING_MS = 2_000

/**
 * Takes the archive over from an earlier writer, also from one that still runs.
 * @throws ArchiveFull, ArchiveDamaged, or Error when store or keys cannot be reached: try again
 */
export async function openArchiveWriter(options: ArchiveWriterOptions): Promise<ArchiveWriter> {
  return new SegmentWriter(options, await takeOver(options))
}

class SegmentWriter implements ArchiveWriter {
  readonly #options: ArchiveWriterOptions
  readonly #directory: string
  readonly #open: OpenSegments
  readonly #waiting: WaitingSegments
  #leaves = new Map<string, number>()
  #flush: number
  /** The last write, which can still be discarded: in no index yet. */
  #pending: PendingFlush | undefined
  /** Of writes without a record; the next block takes them along. */
  readonly #marks = new Map<string, StreamMark>()

  constructor(options: ArchiveWriterOptions, taken: TakenOver) {
    this.#options = options
    this.#directory = taken.directory
    this.#waiting = new WaitingSegments(options, taken.waiting)
    const limits = { ...DEFAULT_ARCHIVE_LIMITS, ...options.limits }
    this.#open = new OpenSegments(taken.directory, limits, taken.segments)
    const open = taken.segments.flatMap(({ range, header: { tenant } }) =>
      range ? [{ ...range, tenant }] : [],
    )
    const all = [...taken.sealed, ...taken.waiting, ...open]
    this.#flush = newestFlush(all)
    for (const { tenant, lastLeaf } of all)
      this.#leaves.set(tenant, Math.max(this.leaves(tenant), lastLeaf + 1))
    for (const { tenant, nextLeaf } of taken.aside)
      this.#leaves.set(tenant, Math.max(this.leaves(tenant), nextLeaf))
  }

  get flush(): number {
    return this.#flush
  }

  leaves(tenant: string): number {
    return this.#leaves.get(tenant) ?? 0
  }

  async headsSince(flush: number): Promise<ArchiveHeads> {
    this.#settle()
    const fold = new HeadsFold(flush)
    for (const { tenant, name, sizeBytes, lastFlush, read } of await this.#sealedSegments())
      if (lastFlush > flush) fold.add(tenant, await readContents(name, sizeBytes, read))
    for (const segment of this.#open.all) fold.add(segment.header.tenant, segment.fold.contents)
    return fold.heads(this.#flush)
  }

  async write(records: readonly ArchivedRecord[], marks: readonly StreamMark[]) {
    this.#settle()
    for (const mark of marks) this.#marks.set(mark.stream, mark)
    if (records.length === 0) return { flush: this.#flush }
    const flush = this.#flush + 1
    const writtenAtMs = this.#options.clock.nowMs()
    const blocks = await flushBlocks(this.#options.keys, records, {
      flush,
      writtenAtMs,
      marks: [...this.#marks.values()],
      nextLeaf: (tenant) => this.leaves(tenant),
    })
    const pending = new PendingFlush(this.#open, this.#directory, new Map(this.#leaves))
    this.#pending = pending
    await needingRoom(() => pending.write(blocks))
    for (const { tenant, head } of blocks) this.#leaves.set(tenant, head.firstLeaf + leavesOf(head))
    this.#flush = flush
    return { flush }
  }

  async discard(): Promise<void> {
    this.#marks.clear()
    const pending = this.#pending
    if (!pending) return
    await pending.discard()
    this.#pending = undefined
    this.#leaves = pending.leavesBefore
    if (pending.written) this.#flush--
  }

  async sealDue(): Promise<void> {
    this.#settle()
    const { clock } = this.#options
    const startedMs = clock.monotonicMs()
    for (const segment of this.#open.due(clock.nowMs())) {
      await this.#seal(segment)
      if (clock.monotonicMs() - startedMs > SEALING_MS) break
    }
    await this.#waiting.store()
  }

  async sealAll(): Promise<void> {
    this.#settle()
    for (const segment of this.#open.all) await this.#seal(segment)
    await this.#waiting.store()
  }

  async close(): Promise<void> {
    await this.#waiting.close()
    await Promise.all(this.#open.all.map(({ handle }) => handle.close()))
  }

  async #seal(segment: OpenSegment): Promise<void> {
    const sealed = await sealSegment(segment)
    this.#open.forget(segment)
    if (sealed) this.#waiting.add(sealed)
  }

  #settle(): void {
    if (this.#pending && !this.#pending.written) throw new Error('a write has failed and was not discarded')
    this.#pending?.settle()
    if (this.#pending) this.#marks.clear()
    this.#pending = undefined
  }

  async #sealedSegments() {
    const { store } = this.#options
    const stored = (await listSealed(store)).map((segment) => ({
      ...segment,
      read: (offset: number, length: number) => store.read(segment.name, { offset, length }),
    }))
    const names = new Set(stored.map(({ name }) => name))
    return [...stored, ...this.#waiting.all.filter(({ name }) => !names.has(name))]
  }
}
