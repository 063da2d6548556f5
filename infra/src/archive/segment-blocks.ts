// Reads the blocks of a segment file: one after the other, and what a block seals.

import { readRecord } from '@secumon/contracts/archive-leaf'
import { HASH_BYTES } from '@secumon/contracts/frame'
import { ArchiveDamaged, type ArchivedLeaf, type ArchiveKeys, type SegmentKind } from './archive.ts'
import { decodeContent, type ContentEntry } from './block-content.ts'
import {
  BLOCK_PREFIX_BYTES,
  blockSize,
  leavesOf,
  openBlock,
  readBlock,
  type Block,
  type BlockHead,
} from './block.ts'
import { nextBlock } from './check-resync.ts'
import type { FileWindow } from './file-window.ts'
import { decodeStart, MAX_START_BYTES, type SegmentStart } from './segment-file.ts'

export type BlockAt = { readonly offset: number; readonly block: Block }

export const readStart = async (window: FileWindow): Promise<SegmentStart | undefined> =>
  decodeStart(await window.at(0, MAX_START_BYTES))

/** The block at an offset; undefined when there is none that is whole. */
export async function blockAt(window: FileWindow, offset: number): Promise<Block | undefined> {
  const size = blockSize(await window.at(offset, BLOCK_PREFIX_BYTES))
  return size === undefined ? undefined : readBlock(await window.at(offset, size))
}

/**
 * The whole blocks between two offsets. Bytes that are none are passed over, when one follows: they show as a jump of the
 * offset, and are damage. What follows the last one may be the torn end of a file that is still written.
 */
export async function* wholeBlocks(
  window: FileWindow,
  from: number,
  end: number,
): AsyncGenerator<BlockAt, void, undefined> {
  for (let offset: number | undefined = from; offset !== undefined;) {
    const block: Block | undefined = await blockAt(window, offset)
    if (block) yield { offset, block }
    offset = block ? offset + block.sizeBytes : await nextBlock(window, offset + 1, end)
  }
}

/** Which segment a block lies in. */
export type BlockHome = { readonly tenant: string; readonly kind: SegmentKind; readonly name: string }

/**
 * The records of a block, in the order of their leaves; undefined when their key was shredded.
 * @throws ArchiveDamaged when they are not what was sealed
 */
export async function blockLeaves(
  keys: Pick<ArchiveKeys, 'find'>,
  home: BlockHome,
  { offset, block }: BlockAt,
): Promise<ArchivedLeaf[] | undefined> {
  const key = await keys.find(home.tenant, block.head.keyId)
  if (!key) return undefined
  try {
    return leavesIn(home, block.head, decodeContent(openBlock(block, key)))
  } catch (cause) {
    throw new ArchiveDamaged(home.name, offset, 'the block cannot be opened', { cause })
  }
}

const NOTHING = new Uint8Array()

function leavesIn({ tenant, kind }: BlockHome, head: BlockHead, entries: readonly ContentEntry[]) {
  const { flush, firstLeaf, leafHashes } = head
  if (entries.length !== leavesOf(head))
    throw new Error(`${entries.length} records for ${leavesOf(head)} leaves`)
  return entries.map(({ record, stream, position }, i): ArchivedLeaf => {
    const leafHash = leafHashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)
    const place = { tenant, kind, stream, position, flush, leaf: firstLeaf + i, leafHash }
    const leaf = { ...place, subject: '', payload: NOTHING }
    readRecord(record, leaf)
    return leaf
  })
}
