// Goes through many segments at once in one order over all of them, with one block of each in hand.

import type { SegmentSource } from './archive-snapshot.ts'
import type { Block } from './block.ts'
import { FileWindow } from './file-window.ts'
import { isBlockOf, lostBlock, type BlockSpot } from './open-scan.ts'
import { blockAt, type BlockAt } from './segment-blocks.ts'
import { unlessGone } from './segment-gone.ts'

export type Ordered = {
  readonly sources: readonly SegmentSource[]
  /** By what they are ordered; rises within a segment. */
  readonly by: 'flush' | 'firstLeaf'
  /** The blocks wanted of a segment, in order; asked for when the order comes to it. */
  readonly blocksOf: (source: SegmentSource) => Promise<readonly BlockSpot[]>
}

export type OrderedBlock = BlockAt & { readonly source: SegmentSource }

const WINDOWS_BYTES = 64 * 1024 ** 2
const MIN_WINDOW_BYTES = 64 * 1024
const MAX_WINDOW_BYTES = 4 * 1024 ** 2

/** @throws ArchiveDamaged when a block is not what it was, SegmentGone */
export async function* orderedBlocks({
  sources,
  by,
  blocksOf,
}: Ordered): AsyncGenerator<OrderedBlock, void, undefined> {
  const firstOf = ({ info }: SegmentSource): number => (by === 'flush' ? info.firstFlush : info.firstLeaf)
  const coming = sources.toSorted((a, b) => firstOf(b) - firstOf(a))
  const cursors: Cursor[] = []
  for (;;) {
    const next = lowest(cursors, by)
    const opening = coming.at(-1)
    if (opening && firstOf(opening) <= (next?.spot?.[by] ?? Infinity)) {
      coming.pop()
      const blocks = await blocksOf(opening)
      const cursor = new Cursor(opening, blocks, windowBytes(cursors.length + 1))
      if (cursor.spot) cursors.push(cursor)
    } else if (next?.spot) {
      const { spot, source } = next
      yield { source, offset: spot.offset, block: await next.take(spot) }
      if (!next.spot) cursors.splice(cursors.indexOf(next), 1)
    } else return
  }
}

class Cursor {
  readonly source: SegmentSource
  readonly #blocks: readonly BlockSpot[]
  readonly #window: FileWindow
  #next = 0

  constructor(source: SegmentSource, blocks: readonly BlockSpot[], windowBytes: number) {
    this.source = source
    this.#blocks = blocks
    this.#window = new FileWindow(source.read, Math.min(windowBytes, source.info.sizeBytes))
  }

  /** The next block's place; undefined at the end. */
  get spot(): BlockSpot | undefined {
    return this.#blocks[this.#next]
  }

  /** @param spot the next block's */
  async take(spot: BlockSpot): Promise<Block> {
    const { source } = this
    const block = await unlessGone(source, () => blockAt(this.#window, spot.offset))
    if (!block || !isBlockOf(spot, block))
      throw lostBlock(source.info.name, spot, source.open?.settled ?? Infinity)
    this.#next++
    return block
  }
}

function lowest(cursors: readonly Cursor[], by: 'flush' | 'firstLeaf'): Cursor | undefined {
  let found: Cursor | undefined
  for (const cursor of cursors)
    if ((cursor.spot?.[by] ?? Infinity) < (found?.spot?.[by] ?? Infinity)) found = cursor
  return found
}

const windowBytes = (cursors: number): number =>
  Math.max(MIN_WINDOW_BYTES, Math.min(MAX_WINDOW_BYTES, Math.floor(WINDOWS_BYTES / cursors)))
