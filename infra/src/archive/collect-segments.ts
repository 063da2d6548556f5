// One look at all places of the archive. It is no moment in time: a writer, its successor and a store go on meanwhile.

import type { ArchiveStore, SegmentInfo } from './archive.ts'
import { listSealed, newestFlush, type ListedSegment } from './listed-segments.ts'
import { LocalSegments, type OpenFile } from './local-segments.ts'
import { OpenScan } from './open-scan.ts'

export type Scanned = { readonly file: OpenFile; readonly scan: OpenScan }

/** Names a segment through its states. */
export const keyOf = (segment: Pick<SegmentInfo, 'tenant' | 'kind' | 'firstLeaf'>): string =>
  `${segment.tenant}/${segment.kind}/${segment.firstLeaf}`

export class CollectedSegments {
  readonly local: LocalSegments
  readonly open: readonly Scanned[]
  readonly listed: readonly ListedSegment[]

  constructor(local: LocalSegments, open: readonly Scanned[], listed: readonly ListedSegment[]) {
    this.local = local
    this.open = open
    this.listed = listed
  }

  /** Newest flush that a sealed segment has a part of. */
  get sealedFlush(): number {
    return newestFlush([...this.listed, ...this.local.waiting.values()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.local.close()
  }
}

export type CollectFrom = {
  readonly directory: string
  readonly store: ArchiveStore
  /** Scans of the look before; those of segments that are no longer open are dropped. */
  readonly scans: Map<string, OpenScan>
}

/** Local files are opened before the store is listed, so that one that is sealed in between is in one of the two. */
export async function collectSegments({ directory, store, scans }: CollectFrom): Promise<CollectedSegments> {
  const local = new LocalSegments()
  try {
    await local.look(directory)
    const open = await scanAll(local, scans)
    return new CollectedSegments(local, open, await listSealed(store))
  } catch (error) {
    await local.close()
    throw error
  }
}

async function scanAll(local: LocalSegments, scans: Map<string, OpenScan>): Promise<Scanned[]> {
  for (const name of scans.keys()) if (!local.open.has(name)) scans.delete(name)
  const scanned: Scanned[] = []
  for (const [name, file] of local.open) {
    const scan = scans.get(name) ?? new OpenScan({ ...file, name: file.path })
    scans.set(name, scan)
    await scan.refresh(file.handle)
    scanned.push({ file, scan })
  }
  return scanned
}
