// Up to which flush a snapshot has everything. Flushes rise by one, each is on the disk before the next begins, and what a
// sealed segment has a part of is whole: so the rest is a matter of counting blocks in open segments.

import { ArchiveDamaged } from './archive.ts'
import type { ScannedBlock } from './open-scan.ts'

export type OpenBlocks = { readonly name: string; readonly blocks: readonly ScannedBlock[] }

export type WholeFlushes = {
  readonly newest: number
  /** Earlier flushes that lack a block: damage, unless the snapshot was taken while a writer was at work. */
  readonly broken: ReadonlyMap<number, ArchiveDamaged>
}

type Tally = { missing: number; readonly first: { readonly name: string; readonly offset: number } }

export function wholeFlushes(open: readonly OpenBlocks[], sealedFlush: number): WholeFlushes {
  const flushes = tally(open, sealedFlush)
  let newest = Math.max(sealedFlush, ...flushes.keys())
  if ((flushes.get(newest)?.missing ?? 0) > 0) newest--
  const broken = new Map<number, ArchiveDamaged>()
  for (let flush = sealedFlush + 1; flush <= newest; flush++) {
    const found = flushes.get(flush)
    if (found?.missing !== 0) broken.set(flush, damage(flush, found))
  }
  return { newest, broken }
}

function tally(open: readonly OpenBlocks[], sealedFlush: number): Map<number, Tally> {
  const flushes = new Map<number, Tally>()
  for (const { name, blocks } of open)
    for (const { flush, flushBlocks, offset } of blocks) {
      if (flush <= sealedFlush) continue
      const found = flushes.get(flush)
      if (found) found.missing--
      else flushes.set(flush, { missing: flushBlocks - 1, first: { name, offset } })
    }
  return flushes
}

const damage = (flush: number, found: Tally | undefined): ArchiveDamaged =>
  found
    ? new ArchiveDamaged(
        found.first.name,
        found.first.offset,
        `flush ${flush}: ${found.missing} of its blocks are missing elsewhere`,
      )
    : new ArchiveDamaged('open segments', 0, `nothing of flush ${flush} is there, but later ones are`)
