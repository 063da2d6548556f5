// Ends a segment: its index is appended, it gets the name that says what it holds, and the store takes it.

import { createHash } from 'node:crypto'
import { rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { needingRoom, syncDirectory } from './file-faults.ts'
import { readPath, type ReadRange } from './file-window.ts'
import type { OpenSegment } from './open-segment.ts'
import { encodeFooter } from './segment-file.ts'
import { encodeIndex } from './segment-index.ts'
import { sealedName, waitingName, type SealedName, type SegmentRange } from './segment-name.ts'

/** A sealed segment that the store does not have yet. */
export type WaitingSegment = SegmentRange & {
  readonly tenant: string
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
  readonly read: ReadRange
}

/** One that an earlier writer has left. */
export async function waitingSegment(sealed: SealedName, path: string): Promise<WaitingSegment> {
  const { size: sizeBytes } = await stat(path)
  return { ...sealed, name: sealedName(sealed), path, sizeBytes, read: readPath(path) }
}

const CHUNK_BYTES = 1024 ** 2

/**
 * Seals the file where it lies. Undefined for a segment without a block, which is removed.
 * @throws ArchiveFull when there is no room for the index; the segment stays open
 */
export async function sealSegment(segment: OpenSegment): Promise<WaitingSegment | undefined> {
  const { range, header, fold } = segment
  const directory = dirname(segment.path)
  if (!range) {
    await segment.remove()
    await syncDirectory(directory)
    return undefined
  }
  const contentBytes = segment.sizeBytes
  try {
    const hash = await contentHash(segment.handle, contentBytes)
    await needingRoom(() => segment.append(encodeFooter(encodeIndex(fold.contents, hash))))
    await segment.handle.sync()
  } catch (error) {
    await segment.truncate(contentBytes)
    throw error
  }
  await segment.handle.close()
  const name = sealedName({ ...header, ...range, state: 'sealed' })
  const path = join(directory, waitingName(name))
  await rename(segment.path, path)
  await syncDirectory(directory)
  return { ...range, tenant: header.tenant, name, path, sizeBytes: segment.sizeBytes, read: readPath(path) }
}

async function contentHash(handle: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let at = 0; at < sizeBytes;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK_BYTES, sizeBytes - at), at)
    if (bytesRead === 0) throw new Error(`a segment of ${sizeBytes} bytes ends at ${at}`)
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash.digest()
}
