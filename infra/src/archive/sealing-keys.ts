// Which data keys the archive is sealed with, by the clear heads of its blocks: for who has lost some of them.

import { leavesOf } from './block.ts'
import { CheckSources, type CheckPlaces } from './check-sources.ts'
import type { CheckSource } from './check-segment.ts'
import { FileWindow } from './file-window.ts'
import { readStart, wholeBlocks } from './segment-blocks.ts'

export type SealedUnder = {
  readonly tenant: string
  readonly keyId: string
  leaves: number
  /** When the first and the last of its blocks were written, ms. */
  firstAtMs: number
  lastAtMs: number
}

const WINDOW_BYTES = 4 * 1024 ** 2

/** Every key, with what it seals; reads the archive once. Damaged blocks and expired records count for nothing. */
export async function sealingKeys(places: CheckPlaces): Promise<SealedUnder[]> {
  await using sources = await CheckSources.look(places)
  const found = new Map<string, SealedUnder>()
  for (const source of sources.all) if (source.state !== 'hashes') await addKeys(found, source)
  return [...found.values()]
}

async function addKeys(found: Map<string, SealedUnder>, source: CheckSource): Promise<void> {
  const { tenant, read, sizeBytes } = source
  const window = new FileWindow(read, Math.min(WINDOW_BYTES, sizeBytes))
  const start = await readStart(window)
  if (!start) return
  for await (const { block } of wholeBlocks(window, start.sizeBytes, sizeBytes)) {
    const { keyId, writtenAtMs } = block.head
    const under = found.get(`${tenant}/${keyId}`) ?? {
      tenant,
      keyId,
      leaves: 0,
      firstAtMs: Infinity,
      lastAtMs: 0,
    }
    found.set(`${tenant}/${keyId}`, under)
    under.leaves += leavesOf(block.head)
    under.firstAtMs = Math.min(under.firstAtMs, writtenAtMs)
    under.lastAtMs = Math.max(under.lastAtMs, writtenAtMs)
  }
}
