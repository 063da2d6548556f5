// Reads the index of a sealed segment from its end.

import { ArchiveDamaged } from './archive.ts'
import type { ReadRange } from './file-window.ts'
import { decodeFooter, indexLength, TRAILER_BYTES } from './segment-file.ts'
import { decodeIndex, type SegmentContents } from './segment-index.ts'

/** Read at once; a longer index takes a second look. */
const FIRST_LOOK_BYTES = 64 * 1024

export type SealedContents = SegmentContents & {
  /** SHA-256 of the file before its footer. */
  readonly contentHash: Uint8Array
  /** Where the footer begins. */
  readonly contentBytes: number
  readonly indexBytes: number
}

/** @throws ArchiveDamaged when it is not what was sealed */
export async function readContents(
  name: string,
  sizeBytes: number,
  read: ReadRange,
): Promise<SealedContents> {
  const tail = await readTail(read, sizeBytes, Math.min(sizeBytes, FIRST_LOOK_BYTES))
  const length = indexLength(tail.subarray(-TRAILER_BYTES))
  const footerBytes = (length ?? 0) + TRAILER_BYTES
  if (length === undefined || footerBytes > sizeBytes)
    throw new ArchiveDamaged(name, Math.max(0, sizeBytes - TRAILER_BYTES), 'no index at its end')
  const contentBytes = sizeBytes - footerBytes
  const footer = footerBytes <= tail.length ? tail : await readTail(read, sizeBytes, footerBytes)
  const index = decodeFooter(footer.subarray(-footerBytes))
  if (!index) throw new ArchiveDamaged(name, contentBytes, 'the checksum of its index does not hold')
  try {
    return { ...decodeIndex(index), contentBytes, indexBytes: index.length }
  } catch (cause) {
    throw new ArchiveDamaged(name, contentBytes, 'its index cannot be read', { cause })
  }
}

const readTail = (read: ReadRange, sizeBytes: number, length: number): Promise<Buffer> =>
  read(sizeBytes - length, length)
