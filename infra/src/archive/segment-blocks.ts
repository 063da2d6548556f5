// Reads the blocks of a segment file: one after the other, and what a block seals.

import { decodeRecord } from '@secumon/contracts/archive-leaf'
import { ArchiveDamaged, type ArchiveKeys } from './archive.ts'
import { decodeContent } from './block-content.ts'
import { BLOCK_PREFIX_BYTES, blockSize, leavesOf, openBlock, readBlock, type Block } from './block.ts'
import type { FileWindow } from './file-window.ts'
import type { FoldedRecord } from './segment-fold.ts'
import { decodeStart, MAX_START_BYTES, type SegmentStart } from './segment-file.ts'

export type BlockAt = { readonly offset: number; readonly block: Block }

export const readStart = async (window: FileWindow): Promise<SegmentStart | undefined> =>
  decodeStart(await window.at(0, MAX_START_BYTES))

/** The block at an offset; undefined when there is none that is whole. */
export async function blockAt(window: FileWindow, offset: number): Promise<Block | undefined> {
  const size = blockSize(await window.at(offset, BLOCK_PREFIX_BYTES))
  return size === undefined ? undefined : readBlock(await window.at(offset, size))
}

/** Blocks from an offset on, up to the first that is not whole. */
export async function* validBlocks(
  window: FileWindow,
  from: number,
): AsyncGenerator<BlockAt, void, undefined> {
  for (let offset = from; ;) {
    const block = await blockAt(window, offset)
    if (!block) return
    yield { offset, block }
    offset += block.sizeBytes
  }
}

/** Whose block, and where: for the key, and for what is said when it is damaged. */
export type BlockOrigin = { readonly tenant: string; readonly segment: string; readonly offset: number }

/**
 * The records of a block, in the order of its leaves; undefined when its key was shredded.
 * @throws ArchiveDamaged when they are not what was sealed
 */
export async function blockRecords(
  keys: Pick<ArchiveKeys, 'find'>,
  { tenant, segment, offset }: BlockOrigin,
  block: Block,
): Promise<FoldedRecord[] | undefined> {
  const key = await keys.find(tenant, block.head.keyId)
  if (!key) return undefined
  try {
    const entries = decodeContent(openBlock(block, key))
    if (entries.length !== leavesOf(block.head))
      throw new Error(`${entries.length} records for ${leavesOf(block.head)} leaves`)
    return entries.map(({ record, stream, position }) => ({ ...decodeRecord(record), stream, position }))
  } catch (cause) {
    throw new ArchiveDamaged(segment, offset, 'the block cannot be opened', { cause })
  }
}
