// The file of a reserve and the room on its volume.

import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat, statfs } from 'node:fs/promises'

/** Its name in its directory. */
export const RESERVE_FILE = 'reserve'
/** A reserve is made where there is room for it so many times. */
export const AMPLE_TIMES = 3
const CHUNK_BYTES = 1024 ** 2

/** Bytes that a process without privileges can still write. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** True when an error says that the disk or the quota is full. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')

/** True when the file is there with its full length. */
export const isWhole = (path: string, sizeBytes: number): Promise<boolean> =>
  stat(path).then(
    ({ size }) => size === sizeBytes,
    () => false,
  )

/** Writes random bytes: holes and what can be compressed would take no room. False when there is none after all. */
export async function writeReserve(path: string, sizeBytes: number, signal: AbortSignal): Promise<boolean> {
  const unfinished = `${path}.new`
  try {
    const file = await open(unfinished, 'w', 0o600)
    try {
      for (let left = sizeBytes; left > 0 && !signal.aborted; left -= CHUNK_BYTES)
        await file.write(randomBytes(Math.min(left, CHUNK_BYTES)))
      await file.datasync()
    } finally {
      await file.close()
    }
    if (signal.aborted) return await discard(unfinished)
    await rename(unfinished, path)
    return true
  } catch (error) {
    await discard(unfinished)
    if (isDiskFull(error)) return false
    throw error
  }
}

async function discard(path: string): Promise<false> {
  await rm(path, { force: true })
  return false
}
