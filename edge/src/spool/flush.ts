// Makes a file's bytes and a directory's names survive a power failure, as far as its file system can.

import { fdatasync, fdatasyncSync } from 'node:fs'
import { promisify } from 'node:util'
import { errorCode } from '../error-code.ts'
import { syncDirectory } from '../state/atomic-file.ts'

// What file systems answer that cannot flush one file; they have nothing better to offer.
const NO_SYNC = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EROFS'])

/** While other work goes on. */
export async function flush(fd: number): Promise<void> {
  try {
    await promisify(fdatasync)(fd)
  } catch (error) {
    forgive(error)
  }
}

/** Before anything else goes on. */
export function flushNow(fd: number): void {
  try {
    fdatasyncSync(fd)
  } catch (error) {
    forgive(error)
  }
}

/** Names that were created, renamed and removed in a directory. */
export function flushNames(directory: string): void {
  try {
    syncDirectory(directory)
  } catch (error) {
    forgive(error)
  }
}

function forgive(error: unknown): void {
  if (!NO_SYNC.has(errorCode(error) ?? '')) throw error
}
