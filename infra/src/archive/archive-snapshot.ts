// What the archive holds up to a flush, seen from any process: sealed segments by the store's listing, open ones by their
// valid prefixes. Whatever writers, their successors and the store do meanwhile, everything up to that flush is in it.

import type { ArchiveDamaged, ArchiveKeys, ArchiveStore, SegmentInfo } from './archive.ts'
import { readHandle, type ReadRange } from './file-window.ts'
import { collectSegments, keyOf, type CollectedSegments, type Scanned } from './collect-segments.ts'
import { newestFlush, type ListedSegment } from './listed-segments.ts'
import type { LocalSegments, OpenFile } from './local-segments.ts'
import type { OpenScan, ScannedBlock } from './open-scan.ts'
import type { SegmentContents } from './segment-index.ts'
import { serial } from './serial.ts'
import {
  flushesSeen,
  wholeFlushes,
  type FlushesSeen,
  type OpenBlocks,
  type WholeFlushes,
} from './whole-flushes.ts'

export type SegmentSource = {
  readonly info: SegmentInfo
  readonly read: ReadRange
  /** Of a stored segment: whether it has been removed since. */
  readonly isGone?: () => Promise<boolean>
  readonly open?: {
    /** Its blocks of whole flushes. */
    readonly blocks: readonly ScannedBlock[]
    /** Up to this flush none can be taken back. */
    readonly settled: number
    /** What an index would say of them. @throws SegmentGone when the last was taken back */
    readonly contents: () => Promise<SegmentContents>
  }
}

export type ArchivePlaces = {
  readonly directory: string
  readonly store: ArchiveStore
  readonly keys: ArchiveKeys
}

export class ArchiveSnapshot {
  readonly segments: readonly SegmentSource[]
  /** The newest flush that is whole. */
  readonly flush: number
  /** Earlier ones that are not: damage. */
  readonly broken: ReadonlyMap<number, ArchiveDamaged>
  readonly #local: LocalSegments

  constructor(segments: readonly SegmentSource[], { newest, broken }: WholeFlushes, local: LocalSegments) {
    this.segments = segments
    this.flush = newest
    this.broken = broken
    this.#local = local
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local.close()
  }
}

/** What moves while it is looked at shows as a whole sooner or later; damage never does. */
const MAX_LOOKS = 6

/** Keeps what it has scanned of open segments from one snapshot to the next. */
export class Snapshots {
  readonly #places: ArchivePlaces
  readonly #oneByOne = serial()
  readonly #scans = new Map<string, OpenScan>()

  constructor(places: ArchivePlaces) {
    this.#places = places
  }

  /** Everything that was written before it was asked for. */
  take(): Promise<ArchiveSnapshot> {
    return this.#oneByOne(async () => {
      let before = await this.#firstLook()
      for (let looks = 2; ; looks++) {
        const collected = await this.#collect()
        const { snapshot, isComplete } = this.#compare(collected, before)
        if (isComplete || looks === MAX_LOOKS) return snapshot
        before = seenIn(collected)
        await collected[Symbol.asyncDispose]()
      }
    })
  }

  #collect(): Promise<CollectedSegments> {
    return collectSegments({ ...this.#places, scans: this.#scans })
  }

  async #firstLook(): Promise<FlushesSeen> {
    await using collected = await this.#collect()
    return seenIn(collected)
  }

  #compare(collected: CollectedSegments, before: FlushesSeen) {
    const sealed = this.#sealedSources(collected, before.settled)
    const whole = wholeFlushes(blocksIn(collected), newestFlush(sealed.map(({ info }) => info)), before)
    const sources = [...sealed, ...this.#openSources(collected.open, whole)]
    const wanted = before.settled + (before.lastWhole ? 1 : 0)
    return {
      snapshot: new ArchiveSnapshot(sources, whole, collected.local),
      isComplete: whole.broken.size === 0 && whole.newest >= wanted,
    }
  }

  /**
   * What was sealed before the look began. A segment whose open file is held is read from there, whatever has become of it
   * since; one that is not held, but begun earlier, was sealed by then. The rest is newer than what is asked for.
   */
  #sealedSources({ local, listed }: CollectedSegments, settled: number): SegmentSource[] {
    const held = new Set(Array.from(local.open.values(), keyOf))
    const stored = new Set(listed.map(keyOf))
    const waiting = [...local.waiting.values()].filter((segment) => !stored.has(keyOf(segment)))
    const all = [
      ...listed.map((segment) => this.#storedSource(segment)),
      ...waiting.map((segment) => ({ info: segment, read: readHandle(segment.handle) })),
    ].toSorted((a, b) => a.info.firstFlush - b.info.firstFlush)
    let reach = settled
    return all.filter(({ info }) => {
      if (held.has(keyOf(info)) || info.firstFlush > reach) return false
      reach = Math.max(reach, info.lastFlush)
      return true
    })
  }

  #storedSource(segment: ListedSegment): SegmentSource {
    const { store } = this.#places
    return {
      info: segment,
      read: (offset, length) => store.read(segment.name, { offset, length }),
      isGone: async () => (await store.list(segment.name)).length === 0,
    }
  }

  #openSources(open: readonly Scanned[], { newest, settled }: WholeFlushes): SegmentSource[] {
    const { keys } = this.#places
    return open.flatMap(({ file, scan }) => {
      const { handle } = file
      const blocks = scan.blocks.filter((block) => block.flush <= newest)
      const info = openInfo(file, blocks)
      const contents = () => scan.contents({ until: newest, settled, handle, keys })
      return info ? [{ info, read: readHandle(handle), open: { blocks, settled, contents } }] : []
    })
  }
}

const blocksIn = ({ open }: CollectedSegments): OpenBlocks[] =>
  open.map(({ file, scan }) => ({ name: file.path, header: file, blocks: scan.blocks }))

const seenIn = (collected: CollectedSegments): FlushesSeen =>
  flushesSeen(blocksIn(collected), collected.sealedFlush)

function openInfo(file: OpenFile, blocks: readonly ScannedBlock[]): SegmentInfo | undefined {
  const first = blocks[0]
  const last = blocks.at(-1)
  if (!first || !last) return undefined
  const { tenant, kind, day, firstLeaf, path } = file
  return {
    tenant,
    kind,
    day,
    firstLeaf,
    name: path,
    state: 'open',
    lastLeaf: last.firstLeaf + last.count - 1,
    leaves: blocks.reduce((sum, { count }) => sum + count, 0),
    firstFlush: first.flush,
    lastFlush: last.flush,
    sizeBytes: last.offset + last.bytes,
  }
}
