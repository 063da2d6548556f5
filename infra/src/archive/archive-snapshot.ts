// What the archive holds at one moment, seen from any process: sealed segments by the store's listing, open ones by
// their valid prefixes, and the newest flush up to which everything is there.

import type { ArchiveDamaged, ArchiveKeys, ArchiveStore, SegmentInfo } from './archive.ts'
import { readHandle, type ReadRange } from './file-window.ts'
import { listSealed, newestFlush, type ListedSegment } from './listed-segments.ts'
import { LocalSegments, type OpenFile, type WaitingFile } from './local-segments.ts'
import { OpenScan, type BlockSpot } from './open-scan.ts'
import type { SegmentContents } from './segment-index.ts'
import { serial } from './serial.ts'
import { wholeFlushes, type WholeFlushes } from './whole-flushes.ts'

export type SegmentSource = {
  readonly info: SegmentInfo
  readonly read: ReadRange
  /** Of a stored segment: whether it has been removed since. */
  readonly isGone?: () => Promise<boolean>
  /** Of an open segment: its blocks of whole flushes, and what an index would say of them. */
  readonly open?: { readonly blocks: readonly BlockSpot[]; readonly contents: () => Promise<SegmentContents> }
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
  /** Earlier ones that are not. */
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

const MAX_LOOKS = 3

type Scanned = { readonly file: OpenFile; readonly scan: OpenScan }

/** Keeps what it has scanned of open segments from one snapshot to the next. */
export class Snapshots {
  readonly #places: ArchivePlaces
  readonly #oneByOne = serial()
  #scans = new Map<string, OpenScan>()

  constructor(places: ArchivePlaces) {
    this.#places = places
  }

  /** What seems broken may be the work of a writer or its successor between two looks: then it is looked at again. */
  take(): Promise<ArchiveSnapshot> {
    return this.#oneByOne(async () => {
      for (let looks = 1; ; looks++) {
        const snapshot = await this.#look()
        if (snapshot.broken.size === 0 || looks === MAX_LOOKS) return snapshot
        await snapshot[Symbol.asyncDispose]()
      }
    })
  }

  /**
   * Local files are opened before the store is listed, so that one that is sealed in between is in one of the two; and
   * scanned afterwards, so that they show every flush that a listed segment has a part of.
   */
  async #look(): Promise<ArchiveSnapshot> {
    const { directory, store } = this.#places
    const local = new LocalSegments()
    try {
      await local.look(directory)
      const listed = await listSealed(store)
      await local.look(directory)
      const sealed = this.#sealedSources(listed, [...local.waiting.values()])
      const open = await this.#scan(local, new Set(sealed.map(({ info }) => keyOf(info))))
      const sealedFlush = newestFlush(sealed.map(({ info }) => info))
      const whole = wholeFlushes(
        open.map(({ file, scan }) => ({ name: file.path, header: file, blocks: scan.blocks })),
        sealedFlush,
      )
      return new ArchiveSnapshot([...sealed, ...this.#openSources(open, whole.newest)], whole, local)
    } catch (error) {
      await local.close()
      throw error
    }
  }

  #sealedSources(listed: readonly ListedSegment[], waiting: readonly WaitingFile[]): SegmentSource[] {
    const { store } = this.#places
    const stored = new Set(listed.map(keyOf))
    return [
      ...listed.map((segment) => ({
        info: segment,
        read: (offset: number, length: number) => store.read(segment.name, { offset, length }),
        isGone: async () => (await store.list(segment.name)).length === 0,
      })),
      ...waiting
        .filter((segment) => !stored.has(keyOf(segment)))
        .map((segment) => ({ info: segment, read: readHandle(segment.handle) })),
    ]
  }

  async #scan(local: LocalSegments, sealed: ReadonlySet<string>): Promise<Scanned[]> {
    const scans = new Map<string, OpenScan>()
    const scanned: Scanned[] = []
    for (const [name, file] of local.open) {
      if (sealed.has(keyOf(file))) continue
      const scan = this.#scans.get(name) ?? new OpenScan({ ...file, name: file.path })
      await scan.refresh(file.handle)
      scans.set(name, scan)
      scanned.push({ file, scan })
    }
    this.#scans = scans
    return scanned
  }

  #openSources(open: readonly Scanned[], flush: number): SegmentSource[] {
    const { keys } = this.#places
    return open.flatMap(({ file, scan }) => {
      const blocks = scan.blocks.filter((block) => block.flush <= flush)
      const info = openInfo(file, blocks)
      const contents = () => scan.contents(flush, file.handle, keys)
      return info ? [{ info, read: readHandle(file.handle), open: { blocks, contents } }] : []
    })
  }
}

/** Names a segment through its states. */
const keyOf = (segment: Pick<SegmentInfo, 'tenant' | 'kind' | 'firstLeaf'>): string =>
  `${segment.tenant}/${segment.kind}/${segment.firstLeaf}`

function openInfo(file: OpenFile, blocks: readonly BlockSpot[]): SegmentInfo | undefined {
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
