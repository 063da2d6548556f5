// Bytes between the blocks of a segment that are no block: what a new writer found damaged, and left in its place.

import { encodeStart, type SegmentHeader } from './segment-file.ts'
import type { BlockPlace } from './segment-index.ts'

export const NO_BLOCK = 'bytes that are no block'

export type Hole = {
  readonly offset: number
  /** Flushes of the blocks around it; 0 before the first. */
  readonly after: number
  readonly before: number
}

/** @param blocks all of the segment, in order */
export function holesOf(
  header: SegmentHeader,
  blocks: readonly Pick<BlockPlace, 'offset' | 'bytes' | 'flush'>[],
): Hole[] {
  const holes: Hole[] = []
  let end = encodeStart(header).length
  let after = 0
  for (const { offset, bytes, flush } of blocks) {
    if (offset > end) holes.push({ offset: end, after, before: flush })
    end = offset + bytes
    after = flush
  }
  return holes
}
