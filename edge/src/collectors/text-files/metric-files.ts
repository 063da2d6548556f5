// The `*.prom` files of a directory, one at a time and in the order of their names. Only regular files that were written
// lately and are small; nothing that stands there can hang the reader or lead it elsewhere.

import { constants, type Dirent, type Stats } from 'node:fs'
import { open, opendir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, errorText } from '../../error-code.ts'

export const MAX_FILES = 100
export const MAX_FILE_BYTES = 1024 ** 2
/** Of any name. */
const MAX_ENTRIES = 10_000
const MAX_NAME_CHARACTERS = 100

/** Its text, or why there is none; a warning where it is read although something is wrong. */
export type MetricFile = { readonly name: string; readonly text?: string; readonly fault?: string }

export type MetricFilesOptions = {
  readonly directory: string
  /** A file whose time of writing is further from `nowMs` is left out: its values are not of now. */
  readonly maxAgeMs: number
  readonly nowMs: number
}

/** @throws what the system says of a directory that is not there or not ours to read */
export async function* readMetricFiles(options: MetricFilesOptions): AsyncGenerator<MetricFile> {
  const { directory } = options
  if (isWritableByAll(await stat(directory)))
    yield { name: '.', fault: 'everybody on this host may write here' }
  const { entries, isCut } = await list(directory)
  // One for all of them: what the garbage collector has not yet taken away is memory of somebody's server.
  const buffer = Buffer.allocUnsafeSlow(MAX_FILE_BYTES)
  for (const entry of entries.slice(0, MAX_FILES)) {
    const name = entry.name.slice(0, MAX_NAME_CHARACTERS)
    yield { name, ...(await readOne(entry, buffer, options).catch(unreadable)) }
  }
  if (isCut) yield { name: '.', fault: `more than ${MAX_ENTRIES} entries: not all were looked at` }
  const left = entries.length - MAX_FILES
  if (left > 0) yield { name: '.', fault: `${left} files beyond the first ${MAX_FILES} are left out` }
}

async function list(directory: string): Promise<{ entries: Dirent[]; isCut: boolean }> {
  const entries: Dirent[] = []
  let seen = 0
  for await (const entry of await opendir(directory)) {
    if (++seen > MAX_ENTRIES) break
    if (entry.name.endsWith('.prom') && !entry.name.startsWith('.')) entries.push(entry)
  }
  return { entries: entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)), isCut: seen > MAX_ENTRIES }
}

// What stood there when the directory was listed may be something else by now: what was opened is asked again, and
// opening waits for nobody.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

async function readOne(
  entry: Dirent,
  buffer: Buffer,
  options: MetricFilesOptions,
): Promise<Omit<MetricFile, 'name'>> {
  if (!entry.isFile()) return { fault: 'is no regular file' }
  await using file = await open(join(options.directory, entry.name), FLAGS)
  const found = await file.stat()
  const fault = faultOf(found, options)
  if (fault !== undefined) return { fault }
  const text = buffer.toString('utf8', 0, await readInto(buffer, file))
  return isWritableByAll(found) ? { text, fault: 'everybody on this host may write it' } : { text }
}

// To its end, or as much as there is room for where it has grown meanwhile.
async function readInto(buffer: Buffer, file: FileHandle): Promise<number> {
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

function faultOf(found: Stats, { nowMs, maxAgeMs }: MetricFilesOptions): string | undefined {
  if (!found.isFile()) return 'is no regular file'
  if (found.size > MAX_FILE_BYTES) return `is larger than ${MAX_FILE_BYTES / 1024} KiB`
  const isOld = Math.abs(nowMs - found.mtimeMs) > maxAgeMs
  return isOld ? `was not written in the last ${Math.round(maxAgeMs / 60_000)} minutes` : undefined
}

/** Windows does not say it this way. */
const isWritableByAll = ({ mode }: Stats): boolean => process.platform !== 'win32' && (mode & 0o002) !== 0

// A file that went after it was listed has nothing to say; a link that came in its place does.
function unreadable(error: unknown): Omit<MetricFile, 'name'> {
  return errorCode(error) === 'ENOENT' ? {} : { fault: errorText(error).split(',')[0] ?? '' }
}
