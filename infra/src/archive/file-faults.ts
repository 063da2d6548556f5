// Faults of the file system by their meaning for the archive.

import { open } from 'node:fs/promises'
import { ArchiveFull } from './archive.ts'

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT'])

/** Runs what writes. @throws ArchiveFull when the disk has no room, else what it threw */
export async function needingRoom<Value>(what: () => Promise<Value>): Promise<Value> {
  try {
    return await what()
  } catch (error) {
    if (NO_ROOM.has(codeOf(error) ?? '')) throw new ArchiveFull('the disk has no room', { cause: error })
    throw error
  }
}

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
