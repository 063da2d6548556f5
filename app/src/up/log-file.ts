// Where the processes of an all-in-one write: a file each, bounded by moving its content aside when it has grown.

import { copyFile, mkdir, open, stat, truncate, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

const MAX_BYTES = 10 * 1024 ** 2
const CHECK_EVERY_MS = 60_000

/** Opens for appending, so that a child goes on writing at the end after the file was emptied. */
export async function openLogFile(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await boundLogFile(path)
  return open(path, 'a', 0o600)
}

/** Moves the content to `path.1` when there is more than 10 MiB of it. */
export async function boundLogFile(path: string, maxBytes = MAX_BYTES): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size <= maxBytes) return
  await copyFile(path, `${path}.1`)
  await truncate(path)
}

/** Keeps the file bounded until the returned function is called. */
export function keepBounded(path: string): () => void {
  const timer = setInterval(() => void boundLogFile(path).catch(() => undefined), CHECK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
