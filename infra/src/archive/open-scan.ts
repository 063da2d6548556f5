// What a reader knows of a segment that is still written: the blocks of its valid prefix. Scanned once and then on from
// there, as long as the file is the same and still has what was seen last.

import type { FileHandle } from 'node:fs/promises'
import { ArchiveDamaged, type ArchiveKeys } from './archive.ts'
import { leavesOf, type Block } from './block.ts'
import { FileWindow, readHandle } from './file-window.ts'
import { blockAt, blockLeaves, readStart, wholeBlocks, type BlockHome } from './segment-blocks.ts'
import { SegmentGone } from './segment-gone.ts'
import type { BlockPlace, SegmentContents } from './segment-index.ts'
import { SegmentFold } from './segment-fold.ts'
import { serial } from './serial.ts'

/** Where a block lies. */
export type BlockSpot = Pick<BlockPlace, 'offset' | 'bytes' | 'flush' | 'firstLeaf' | 'count'> & {
  /** Of an open segment's: tells it from one that has taken its place. */
  readonly nonce?: Uint8Array
}
export type ScannedBlock = BlockSpot & { readonly flushBlocks: number; readonly nonce: Uint8Array }

export type ContentsWanted = {
  readonly until: number
  /** Later flushes can be taken back. */
  readonly settled: number
  readonly handle: FileHandle
  readonly keys: ArchiveKeys
}

export class OpenScan {
  readonly #oneByOne = serial()
  readonly #home: BlockHome
  #inode = 0n
  #blocks: ScannedBlock[] = []
  #fold = new SegmentFold()

  constructor(home: BlockHome) {
    this.#home = home
  }

  get blocks(): readonly ScannedBlock[] {
    return this.#blocks
  }

  async refresh(handle: FileHandle): Promise<void> {
    const { ino, size } = await handle.stat({ bigint: true })
    const window = new FileWindow(readHandle(handle), 1024 ** 2)
    if (ino !== this.#inode || !(await this.#isAsSeen(window))) {
      this.#blocks = []
      this.#fold = new SegmentFold()
      this.#inode = ino
    }
    const last = this.#blocks.at(-1)
    const from = last ? last.offset + last.bytes : (await readStart(window))?.sizeBytes
    if (from === undefined) return
    for await (const { offset, block } of wholeBlocks(window, from, Number(size))) {
      const { head, nonce, sizeBytes } = block
      const { flush, firstLeaf, flushBlocks } = head
      const count = leavesOf(head)
      this.#blocks.push({ offset, bytes: sizeBytes, flush, firstLeaf, count, flushBlocks, nonce })
    }
  }

  /** What an index would say of its blocks up to a flush. @throws SegmentGone when the last was taken back */
  contents(wanted: ContentsWanted): Promise<SegmentContents> {
    return this.#oneByOne(async () => {
      const isAhead = (this.#fold.blocks.at(-1)?.flush ?? 0) > wanted.until
      const fold = isAhead ? new SegmentFold() : this.#fold
      await this.#extend(fold, wanted)
      return fold.contents
    })
  }

  async #extend(fold: SegmentFold, { until, settled, handle, keys }: ContentsWanted): Promise<void> {
    const blocks = this.#blocks
    const window = new FileWindow(readHandle(handle), 1024 ** 2)
    for (
      let spot = blocks[fold.blocks.length];
      spot && spot.flush <= until;
      spot = blocks[fold.blocks.length]
    ) {
      const { offset } = spot
      const block = await blockAt(window, offset)
      if (!block || !isBlockOf(spot, block)) throw lostBlock(this.#home.name, spot, settled)
      const records = await blockLeaves(keys, this.#home, { offset, block })
      fold.add({ offset, sizeBytes: block.sizeBytes, head: block.head, records })
    }
  }

  // A flush that was taken back may have been replaced by another of the same size: its nonce tells.
  async #isAsSeen(window: FileWindow): Promise<boolean> {
    const last = this.#blocks.at(-1)
    if (!last) return true
    const block = await blockAt(window, last.offset)
    return block !== undefined && isBlockOf(last, block)
  }
}

/** Whether it is the block that was seen there. */
export const isBlockOf = ({ flush, firstLeaf, nonce }: BlockSpot, block: Block): boolean =>
  block.head.flush === flush &&
  block.head.firstLeaf === firstLeaf &&
  (nonce === undefined || Buffer.compare(block.nonce, nonce) === 0)

/** Why a block is no longer where it was seen. */
export const lostBlock = (segment: string, { flush, offset }: BlockSpot, settled: number): Error =>
  flush > settled
    ? new SegmentGone(`flush ${flush} was taken back: ${segment}`)
    : new ArchiveDamaged(segment, offset, 'no block that is whole, where there was one')
