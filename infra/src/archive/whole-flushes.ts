// Up to which flush everything is there. Flushes rise by one, each is on the disk before the next begins, and only the last
// one can be taken back, its number then used again: so of what one look has seen, all but the last is settled, and a
// second look must find it whole. The last counts once two looks have seen the very same blocks of it.

import { ArchiveDamaged } from './archive.ts'
import { holesOf, NO_BLOCK } from './holes.ts'
import type { ScannedBlock } from './open-scan.ts'
import type { SegmentHeader } from './segment-file.ts'

export type OpenBlocks = {
  readonly name: string
  readonly header: SegmentHeader
  readonly blocks: readonly ScannedBlock[]
}

/** What one look tells about flushes. */
export type FlushesSeen = {
  /** Up to this one, flushes were whole before the look ended, and stay. */
  readonly settled: number
  /** Blocks of the one after, by their nonces. */
  readonly last: ReadonlySet<string>
  /** Whether these are all of it. */
  readonly lastWhole: boolean
}

export function flushesSeen(open: readonly OpenBlocks[], sealedFlush: number): FlushesSeen {
  let newest = 0
  for (const { blocks } of open) newest = Math.max(newest, blocks.at(-1)?.flush ?? 0)
  const settled = Math.max(newest - 1, sealedFlush)
  const blocks = blocksOf(open, settled + 1)
  const last = new Set(blocks.map(nonceOf))
  return { settled, last, lastWhole: isWhole(blocks) }
}

export type WholeFlushes = {
  /** The newest flush that is whole. */
  readonly newest: number
  /** Up to this one none can be taken back. */
  readonly settled: number
  /** Settled flushes that lack a block: damage. */
  readonly broken: ReadonlyMap<number, ArchiveDamaged>
}

/**
 * @param open of a second look, begun after the one that has seen `before` had ended
 * @param sealedFlush newest of what was sealed before the second look: whatever a sealed segment has a part of is whole
 */
export function wholeFlushes(
  open: readonly OpenBlocks[],
  sealedFlush: number,
  before: FlushesSeen,
): WholeFlushes {
  const settled = Math.max(before.settled, sealedFlush)
  const flushes = tally(open, sealedFlush)
  const broken = new Map<number, ArchiveDamaged>()
  for (let flush = sealedFlush + 1; flush <= settled; flush++) {
    const found = flushes.get(flush)
    if (found?.missing !== 0) broken.set(flush, damage(open, flush, found))
  }
  const isLast = settled === before.settled && before.lastWhole
  const again = isLast ? blocksOf(open, settled + 1) : []
  const same = isWhole(again) && again.every((block) => before.last.has(nonceOf(block)))
  return { newest: same ? settled + 1 : settled, settled, broken }
}

const nonceOf = ({ nonce }: ScannedBlock): string => Buffer.from(nonce).toString('latin1')

const isWhole = (blocks: readonly ScannedBlock[]): boolean => blocks.length === blocks[0]?.flushBlocks

// Of one of the newest flushes: at the ends of its segments.
const blocksOf = (open: readonly OpenBlocks[], flush: number): ScannedBlock[] =>
  open.flatMap(({ blocks }) => {
    const last = blocks.findLastIndex((block) => block.flush <= flush)
    const block = blocks[last]
    return block?.flush === flush ? [block] : []
  })

type Tally = { missing: number; readonly first: { readonly name: string; readonly offset: number } }

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
