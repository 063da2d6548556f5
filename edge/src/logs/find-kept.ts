// Where a log file went when it is no longer what it was: renamed beside its old path, or copied there before it was
// truncated. The bytes before the place that was read up to tell the right one. And what came after it and was put aside
// as well, while nobody looked.

import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../error-code.ts'
import { entriesOf } from './entries-of.ts'
import { fileKey, TailedFile, type OpenHow, type Place } from './tailed-file.ts'

export type Wanted = {
  /** Where it was. */
  readonly path: string
  /** Undefined for a copy. */
  readonly key: string | undefined
  readonly place: Place
}

const MAX_NAMES = 4_096
const MAX_ENTRIES = 50_000

/** The file, open and standing at the place; undefined when it is not there. */
export async function findKept(
  { path, key, place }: Wanted,
  how: OpenHow,
): Promise<TailedFile | 'unreadable' | undefined> {
  // Without a byte that was read there is nothing to tell a copy by.
  if (key === undefined && place.offset === 0) return undefined
  let found: 'unreadable' | undefined
  for (const name of await namesLike(path)) {
    const candidate = join(dirname(path), name)
    const stats = await stat(candidate, { bigint: true }).catch(() => undefined)
    if (!stats?.isFile() || Number(stats.size) < place.offset) continue
    if (key === undefined ? candidate === path : fileKey(stats) !== key) continue
    const file = await standing(candidate, place, how)
    if (file === 'unreadable') found = file
    else if (file) return file
  }
  return found
}

export type Later = {
  /** What is behind it in time, when it was written last; nanoseconds since 1970. */
  readonly sinceNs: bigint
  /** Not this one. */
  readonly key: string | undefined
}

/** As files say when they were written. */
export const nanoseconds = (ms: number): bigint => BigInt(Math.floor(ms)) * 1_000_000n

export type PutAside = {
  readonly path: string
  readonly key: string
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

/**
 * Files that took the place of `path` one after another and were put aside in turn: `app.log.2`, `app.log-20261122`;
 * written later than that. Oldest first.
 */
export async function findLater(path: string, { sinceNs, key }: Later): Promise<PutAside[]> {
  const later: PutAside[] = []
  for (const name of await namesLike(path)) {
    if (!PUT_ASIDE.test(name.slice(basename(path).length)) || !name.startsWith(basename(path))) continue
    const candidate = join(dirname(path), name)
    const stats = await stat(candidate, { bigint: true }).catch(() => undefined)
    if (!stats?.isFile() || fileKey(stats) === key || stats.mtimeNs < sinceNs) continue
    const { mtimeNs, size } = stats
    later.push({ path: candidate, key: fileKey(stats), sizeBytes: Number(size), mtimeNs })
  }
  return later.sort((a, b) => Number(a.mtimeNs - b.mtimeNs) || byName(a.path, b.path))
}

// Counted, the highest is the oldest; dated, the lowest is.
function byName(a: string, b: string): number {
  const [first, second] = [a, b].map((path) => Number(/\.(\d{1,4})$/.exec(path)?.[1] ?? Number.NaN))
  return Number.isNaN(first) || Number.isNaN(second) ? a.localeCompare(b) : (second ?? 0) - (first ?? 0)
}

const PUT_ASIDE = /^[.-][\dT:_-]+$/

// app.log → app.log.1, app.log-20261122, app-2026.log
async function namesLike(path: string): Promise<string[]> {
  const [stem = ''] = basename(path).split('.')
  const names: string[] = []
  let seen = 0
  for await (const { name } of entriesOf(dirname(path))) {
    if (name.startsWith(stem)) names.push(name)
    if (++seen >= MAX_ENTRIES || names.length >= MAX_NAMES) break
  }
  return names
}

async function standing(
  path: string,
  place: Place,
  how: OpenHow,
): Promise<TailedFile | 'unreadable' | undefined> {
  try {
    const file = await TailedFile.open(path, how)
    if (!file) return undefined
    if (await file.has(place)) {
      file.standAt(place)
      return file
    }
    await file.close()
    return undefined
  } catch (error) {
    return errorCode(error) === 'EACCES' ? 'unreadable' : undefined
  }
}
