// Up to which flush a snapshot has everything. Flushes rise by one, each is on the disk before the next begins, and what a
// sealed segment has a part of is whole: so the rest is a matter of counting blocks in open segments.

import { ArchiveDamaged } from './archive.ts'
import { holesOf, NO_BLOCK } from './holes.ts'
import type { ScannedBlock } from './open-scan.ts'
import type { SegmentHeader } from './segment-file.ts'

export type OpenBlocks = {
  readonly name: string
  readonly header: SegmentHeader
  readonly blocks: readonly ScannedBlock[]
}

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
    if (found?.missing !== 0) broken.set(flush, damage(open, flush, found))
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

function damage(open: readonly OpenBlocks[], flush: number, found: Tally | undefined): ArchiveDamaged {
  for (const { name, header, blocks } of open) {
    const hole = holesOf(header, blocks).find(({ after, before }) => after < flush && flush < before)
    if (hole) return new ArchiveDamaged(name, hole.offset, NO_BLOCK)
  }
  if (!found) return new ArchiveDamaged('open segments', 0, `nothing is left of flush ${flush}`)
  const { missing, first } = found
  return new ArchiveDamaged(first.name, first.offset, `flush ${flush} lacks ${missing} blocks elsewhere`)
}
