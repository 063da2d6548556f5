// Where a log file went when it is no longer what it was: renamed beside its old path, or copied there before it was
// truncated. The bytes before the place that was read up to tell the right one.

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileKey, TailedFile, type OpenHow, type Place } from './tailed-file.ts'

export type Wanted = {
  /** Where it was. */
  readonly path: string
  /** Undefined for a copy. */
  readonly key: string | undefined
  readonly place: Place
}

const MAX_NAMES = 4_096

/** The file, open and standing at the place; undefined when it is not there. */
export async function findKept({ path, key, place }: Wanted, how: OpenHow): Promise<TailedFile | undefined> {
  // Without a byte that was read there is nothing to tell a copy by.
  if (key === undefined && place.offset === 0) return undefined
  for (const name of await namesLike(path)) {
    const candidate = join(dirname(path), name)
    const stats = await stat(candidate, { bigint: true }).catch(() => undefined)
    if (!stats?.isFile() || Number(stats.size) < place.offset) continue
    if (key === undefined ? candidate === path : fileKey(stats) !== key) continue
    const file = await standing(candidate, place, how)
    if (file) return file
  }
  return undefined
}

// app.log → app.log.1, app.log-20261122, app-2026.log
async function namesLike(path: string): Promise<string[]> {
  const [stem = ''] = basename(path).split('.')
  const names = await readdir(dirname(path)).catch(() => [])
  return names.filter((name) => name.startsWith(stem)).slice(0, MAX_NAMES)
}

async function standing(path: string, place: Place, how: OpenHow): Promise<TailedFile | undefined> {
  const file = await TailedFile.open(path, how).catch(() => undefined)
  if (!file) return undefined
  if (await file.has(place)) {
    file.standAt(place)
    return file
  }
  await file.close()
  return undefined
}
