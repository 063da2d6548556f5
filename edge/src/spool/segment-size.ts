// Into how large files a spool is cut.

import { statfsSync } from 'node:fs'

/** As many files as a full spool is made of. */
export const SEGMENTS = 64

const MIN_SEGMENT_BYTES = 64 * 1024
const MAX_SEGMENT_BYTES = 4 * 1024 ** 2

/** Small enough that dropping one is a small loss, also where the disk is smaller than the limit. */
export function segmentSize(directory: string, maxBytes: number, ownBytes: number): number {
  const { bavail, bsize } = statfsSync(directory)
  const reachableBytes = Math.min(maxBytes, ownBytes + bavail * bsize)
  const wantedBytes = Math.max(MIN_SEGMENT_BYTES, reachableBytes / SEGMENTS)
  return Math.floor(Math.min(MAX_SEGMENT_BYTES, wantedBytes, maxBytes / 4))
}
