// Re-reads the archive and tells everything that is not as it was written: any byte, any record, any link between them.
// Memory is bounded by a day of blocks and by the number of chains and aggregates.

import { createSignatureCheck } from '../signature-check.ts'
import type { ArchiveKeys } from './archive.ts'
import { ChainBook } from './check-chains.ts'
import type { Finding, FindingKind } from './check-findings.ts'
import { FlushOrder, LeafOrder } from './check-order.ts'
import { SegmentWalk, type CheckedBlock, type CheckSource } from './check-segment.ts'
import { readSigners } from './check-signers.ts'
import { extentOf, type Extent } from './check-extent.ts'
import { CheckSources, firstFlushOf, type CheckPlaces } from './check-sources.ts'
import { keyOf } from './collect-segments.ts'
import { VersionBook } from './check-versions.ts'
import { isMissing } from './file-faults.ts'
import { leavesOf } from './block.ts'

export type CheckOptions = CheckPlaces & {
  readonly keys: Pick<ArchiveKeys, 'find'>
  /** Only this tenant's segments. */
  readonly tenant?: string
  /** Only segments from this day on, 2026-11-21; events are always read, since they name who signs. */
  readonly since?: string
  /** Default true. */
  readonly signatures?: boolean
  /** What the archiver has committed: so much must be there at least. */
  readonly committedFlush?: number
  readonly onFinding: (finding: Finding) => void
  readonly onProgress?: (progress: CheckProgress) => void
  readonly signal?: AbortSignal
}

export type CheckProgress = { readonly bytes: number; readonly totalBytes: number; readonly records: number }

export type CheckSummary = {
  readonly segments: number
  readonly bytes: number
  readonly blocks: number
  readonly leaves: number
  readonly frames: number
  readonly gaps: number
  readonly envelopes: number
  /** Ticks, and what no reader understands. */
  readonly others: number
  readonly signatures: number
  /** Leaves of which only the hash is left: expired or shredded. */
  readonly hashesOnly: number
  /** At the ends of open segments: a write cut short or under way, never announced. */
  readonly unfinishedBytes: number
  /** The newest flush. */
  readonly flush: number
  readonly findings: Readonly<Partial<Record<FindingKind, number>>>
}

type Counts = { -readonly [Key in keyof Omit<CheckSummary, 'findings'>]: number }
type Planned = { readonly source: CheckSource; readonly firstFlush: number }

/** @throws KeysUnavailable, or the store's errors, when it cannot be read at all */
export async function checkArchive(options: CheckOptions): Promise<CheckSummary> {
  const extent = await extentOf(options, options.committedFlush)
  // Looked at anew: what was begun before the newest flush is now on the disk, also where the archive is being written.
  await using sources = await CheckSources.look(options)
  const plan: Planned[] = []
  for (const source of sources.all) {
    const firstFlush = await firstFlushOf(source)
    // What was begun since is not asked for: of a segment before it, less may have been seen.
    if (firstFlush <= extent.newest) plan.push({ source, firstFlush })
  }
  return await new ArchiveCheck(options, extent, plan).run()
}

class ArchiveCheck {
  readonly #options: CheckOptions
  readonly #keys: Pick<ArchiveKeys, 'find'>
  readonly #plan: readonly Planned[]
  readonly #extent: Extent
  readonly #totalBytes: number
  /** Ends of open segments that are no block. */
  readonly #tails: Extract<Finding, { kind: 'block-damaged' }>[] = []
  readonly #flushes: FlushOrder | undefined
  readonly #leaves: LeafOrder
  readonly #versions: VersionBook
  readonly #findings: Partial<Record<FindingKind, number>> = {}
  readonly #counts: Counts = {
    segments: 0,
    bytes: 0,
    blocks: 0,
    leaves: 0,
    frames: 0,
    gaps: 0,
    envelopes: 0,
    others: 0,
    signatures: 0,
    hashesOnly: 0,
    unfinishedBytes: 0,
    flush: 0,
  }

  constructor(options: CheckOptions, extent: Extent, all: readonly Planned[]) {
    const { tenant, since, keys } = options
    this.#options = options
    this.#keys = keys
    this.#extent = extent
    const isOld = ({ source: { kind, day } }: Planned) =>
      since !== undefined && kind !== 'events' && day < since
    const skipped = all.filter(isOld)
    this.#plan = all
      .filter((each) => !isOld(each) && (tenant ?? each.source.tenant) === each.source.tenant)
      .toSorted((a, b) => a.firstFlush - b.firstFlush)
    // Of what was skipped nothing is known but its name, so that order can be asked for only beyond it.
    const firstFlush = Math.max(0, ...skipped.map(({ source }) => source.named?.lastFlush ?? 0)) + 1
    this.#totalBytes = this.#plan.reduce((sum, { source }) => sum + source.sizeBytes, 0)
    if (tenant === undefined) this.#flushes = new FlushOrder(this.#report, firstFlush)
    this.#leaves = new LeafOrder(this.#report, (of) => firstLeafAfter(skipped, of))
    this.#versions = new VersionBook(this.#report)
  }

  async run(): Promise<CheckSummary> {
    const chains = await this.#chainBook()
    for (const planned of this.#plan) {
      this.#settle(Math.min(planned.firstFlush, this.#extent.wholeBefore))
      await this.#segment(planned.source, chains)
    }
    this.#settle(this.#extent.wholeBefore)
    this.#reportTails()
    await this.#reportUnsigned(chains)
    return {
      ...this.#counts,
      signatures: chains.signatures,
      flush: this.#extent.newest,
      findings: this.#findings,
    }
  }

  readonly #report = (finding: Finding): void => {
    this.#findings[finding.kind] = (this.#findings[finding.kind] ?? 0) + 1
    this.#options.onFinding(finding)
  }

  async #chainBook(): Promise<ChainBook> {
    const signers = await readSigners(eventsOf(this.#plan), this.#keys)
    const verify = this.#options.signatures === false ? {} : { verify: createSignatureCheck() }
    return new ChainBook({ report: this.#report, signers, ...verify })
  }

  async #segment(source: CheckSource, chains: ChainBook): Promise<void> {
    const before = this.#counts.bytes
    this.#counts.segments++
    await this.#walk(source, chains, 0)
    this.#progress(before + source.sizeBytes)
  }

  async #walk(source: CheckSource, chains: ChainBook, afterFlush: number): Promise<void> {
    const check = { keys: this.#keys, report: this.#report, untilFlush: this.#extent.newest }
    const walk = new SegmentWalk(source, check)
    const before = this.#counts.bytes
    let seen = afterFlush
    try {
      for await (const checked of walk.blocks()) {
        this.#options.signal?.throwIfAborted()
        const { offset, block } = checked
        if (block.head.flush <= afterFlush) continue
        seen = block.head.flush
        this.#block(source, checked, chains)
        this.#progress(before + offset + block.sizeBytes)
      }
    } catch (error) {
      if (!isMissing(error)) throw error
      return this.#gone(source, chains, seen)
    }
    this.#end(source, walk, chains)
  }

  #block({ name: segment, tenant, kind }: CheckSource, checked: CheckedBlock, chains: ChainBook): void {
    const { block, offset, records } = checked
    const { flush, flushBlocks, firstLeaf: leaf } = block.head
    const count = leavesOf(block.head)
    this.#flushes?.add(flush, flushBlocks)
    this.#leaves.add({ segment, offset, tenant, leaf, count, flush })
    this.#counts.blocks++
    this.#counts.leaves += count
    if (!records) this.#counts.hashesOnly += count
    for (const [i, record] of (records ?? []).entries()) {
      if (!record) continue
      const spot = { segment, offset, tenant, leaf: leaf + i }
      if (kind === 'events')
        this.#count(this.#versions.add(spot, record.subject, record.payload) ? 'envelope' : 'other')
      else this.#count(chains.add(spot, record.subject, record.payload))
    }
  }

  #count(kind: 'frame' | 'gap' | 'envelope' | 'other'): void {
    this.#counts[`${kind}s`]++
  }

  #end({ name: segment, tenant, sizeBytes: until }: CheckSource, walk: SegmentWalk, chains: ChainBook): void {
    const { unfinishedBytes, contents, folded } = walk
    this.#counts.unfinishedBytes += unfinishedBytes
    if (unfinishedBytes > 0)
      this.#tails.push({ kind: 'block-damaged', segment, offset: until - unfinishedBytes, until })
    if (!contents || folded) return
    // Where records are gone, the index still tells how far they went.
    for (const chain of contents.chains) chains.adopt(tenant, chain)
    for (const each of contents.aggregates) this.#versions.adopt(tenant, each)
  }

  // It may have expired since it was listed: then its stub tells the rest.
  async #gone(source: CheckSource, chains: ChainBook, afterFlush: number): Promise<void> {
    await using now = await CheckSources.look(this.#options)
    const stub = now.all.find((each) => each.state === 'hashes' && keyOf(each) === keyOf(source))
    if (stub) await this.#walk(stub, chains, afterFlush)
    else this.#report({ kind: 'segment-gone', segment: source.name })
  }

  #settle(before: number): void {
    this.#flushes?.settle(before)
    this.#leaves.settle(before)
  }

  // With a flush that is not whole, the end of an open segment is no write under way, but where it lay.
  #reportTails(): void {
    if (this.#findings['flushes-missing'] || this.#findings['flush-incomplete'])
      this.#tails.forEach(this.#report)
  }

  // An epoch may have been archived a moment after the first frames of its chain.
  async #reportUnsigned(chains: ChainBook): Promise<void> {
    if (chains.unsigned.length === 0) return
    await using now = await CheckSources.look(this.#options)
    const signers = await readSigners(
      now.all.filter(({ kind }) => kind === 'events'),
      this.#keys,
    )
    for (const chain of chains.unsigned)
      if (!signers.find(chain)) this.#report({ kind: 'signer-unknown', ...chain })
  }

  #progress(bytes: number): void {
    this.#counts.bytes = bytes
    this.#options.onProgress?.({ bytes, totalBytes: this.#totalBytes, records: this.#counts.leaves })
  }
}

const eventsOf = (plan: readonly Planned[]): CheckSource[] =>
  plan.map(({ source }) => source).filter(({ kind }) => kind === 'events')

const firstLeafAfter = (skipped: readonly Planned[], tenant: string): number =>
  skipped.reduce(
    (next, { source: { named, tenant: of } }) =>
      of === tenant ? Math.max(next, (named?.lastLeaf ?? -1) + 1) : next,
    0,
  )
