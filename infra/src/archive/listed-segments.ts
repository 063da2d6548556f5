// The sealed segments of a store, by their names.

import type { ArchiveStore } from './archive.ts'
import { parseSealedName, type SealedName } from './segment-name.ts'

export type ListedSegment = SealedName & { readonly name: string; readonly sizeBytes: number }

/** Each once: of a segment and its stub, when both are there, the stub. */
export async function listSealed(store: ArchiveStore, prefix?: string): Promise<ListedSegment[]> {
  const found = new Map<string, ListedSegment>()
  for (const { name, sizeBytes } of await store.list(prefix)) {
    const parsed = parseSealedName(name)
    if (!parsed) continue
    const { tenant, kind, firstLeaf, state } = parsed
    const key = `${tenant}/${kind}/${firstLeaf}`
    if (state === 'hashes' || !found.has(key)) found.set(key, { ...parsed, name, sizeBytes })
  }
  return [...found.values()]
}

export const newestFlush = (segments: readonly { readonly lastFlush: number }[]): number =>
  segments.reduce((newest, { lastFlush }) => Math.max(newest, lastFlush), 0)
