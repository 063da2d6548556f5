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

const TAIL_BYTES = 4_096

/** The last thing the program said, as ` (…)`; empty when it said nothing that helps. */
export async function lastWords(path: string): Promise<string> {
  const line = (await tail(path)).trimEnd().split('\n').at(-1) ?? ''
  const said = messageOf(line).slice(0, 300)
  return said === '' ? '' : ` (${said})`
}

async function tail(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(TAIL_BYTES),
      0,
      TAIL_BYTES,
      Math.max(0, size - TAIL_BYTES),
    )
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return ''
  }
}

function messageOf(line: string): string {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : ''
  } catch {
    return line.replace(/^secumon: /, '')
  }
}
