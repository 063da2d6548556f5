// Finds the next whole block in a file after a damaged one.

import { BLOCK_PREFIX_BYTES, blockSize, readBlock, type Block } from './block.ts'
import type { FileWindow } from './file-window.ts'

const PIECE_BYTES = 1024 ** 2
// Length, checksum, length of the head, and the tag of the head's first field.
const PROBE_BYTES = BLOCK_PREFIX_BYTES + 5
const FLUSH_TAG = 0x08

/** Offset of the first block whose checksum holds, from `from` on; undefined when none begins before `end`. */
export async function nextBlock(window: FileWindow, from: number, end: number): Promise<number | undefined> {
  for (let at = from; at < end - PROBE_BYTES; at += PIECE_BYTES) {
    const piece = await window.at(at, Math.min(PIECE_BYTES + PROBE_BYTES, end - at))
    for (let i = 0; i + PROBE_BYTES <= piece.length && i < PIECE_BYTES; i++) {
      if (!mayBegin(piece, i, end - at - i)) continue
      if (await wholeBlock(window, at + i, end)) return at + i
    }
  }
  return undefined
}

/** The block at an offset and its bytes; undefined when it is not whole or reaches beyond `end`. */
export async function wholeBlock(
  window: FileWindow,
  offset: number,
  end: number,
): Promise<{ readonly block: Block; readonly bytes: Buffer } | undefined> {
  const size = blockSize(await window.at(offset, BLOCK_PREFIX_BYTES))
  if (size === undefined || offset + size > end) return undefined
  const bytes = await window.at(offset, size)
  try {
    const block = readBlock(bytes)
    return block && { block, bytes }
  } catch {
    // A checksum that holds over a head that is none.
    return undefined
  }
}

function mayBegin(bytes: Buffer, at: number, room: number): boolean {
  if (bytes[at + PROBE_BYTES - 1] !== FLUSH_TAG) return false
  const length = bytes.readUInt32LE(at)
  return length + BLOCK_PREFIX_BYTES <= room && bytes.readUInt32LE(at + BLOCK_PREFIX_BYTES) < length
}
