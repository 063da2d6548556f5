// What a segment's index and name say, against what its blocks say.

import { isDeepStrictEqual } from 'node:util'
import type { SealedContents } from './segment-contents.ts'
import type { BlockPlace, SegmentContents } from './segment-index.ts'
import type { SegmentRange } from './segment-name.ts'

export type BlockSpot = Pick<BlockPlace, 'offset' | 'bytes' | 'flush' | 'firstLeaf' | 'count'>

export type FoundContents = {
  /** SHA-256 of everything before the index. */
  readonly hash: Uint8Array
  readonly spots: readonly BlockSpot[]
  /** Absent where records are gone. */
  readonly folded?: SegmentContents
}

const PARTS = ['blocks', 'chains', 'aggregates', 'marks'] as const

/** The parts in which an index is not what the blocks give. */
export function indexDifferences(index: SealedContents, { hash, spots, folded }: FoundContents): string[] {
  const differs: string[] = []
  if (Buffer.compare(hash, index.contentHash) !== 0) differs.push('bytes')
  if (!isDeepStrictEqual(index.blocks.map(spotOf), spots)) differs.push('blocks')
  for (const part of folded ? PARTS : [])
    if (!differs.includes(part) && textOf(folded?.[part]) !== textOf(index[part])) differs.push(part)
  return differs
}

/** What the blocks hold, for people, when the name says something else. */
export function nameDifference(
  { firstLeaf, lastLeaf, leaves, firstFlush, lastFlush }: SegmentRange,
  spots: readonly BlockSpot[],
): string | undefined {
  const holds = rangeOf(spots)
  if (!holds) return 'no block'
  if (isDeepStrictEqual(holds, { firstLeaf, lastLeaf, leaves, firstFlush, lastFlush })) return undefined
  return `${holds.leaves} leaves in ${holds.firstLeaf}–${holds.lastLeaf}, flushes ${holds.firstFlush}–${holds.lastFlush}`
}

const spotOf = ({ offset, bytes, flush, firstLeaf, count }: BlockPlace): BlockSpot => {
  return { offset, bytes, flush, firstLeaf, count }
}

function rangeOf(spots: readonly BlockSpot[]): SegmentRange | undefined {
  const [first, last] = [spots[0], spots.at(-1)]
  if (!first || !last) return undefined
  return {
    firstLeaf: first.firstLeaf,
    lastLeaf: last.firstLeaf + last.count - 1,
    leaves: spots.reduce((sum, { count }) => sum + count, 0),
    firstFlush: first.flush,
    lastFlush: last.flush,
  }
}

// As text: hashes are Buffers on one side and Uint8Arrays on the other, and the order of fields says nothing.
const textOf = (entries: readonly object[] = []): string => JSON.stringify(entries.map(comparable))

const comparable = (entry: object): [string, unknown][] =>
  Object.entries(entry)
    .map(([name, value]): [string, unknown] => [name, value instanceof Uint8Array ? [...value] : value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
