// The files that patterns name: `*` and `?` within a name, `**` for any directories between. Bounded, so that a pattern
// that matches half a disk costs a bounded time and says so.

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'

export type Found = {
  readonly paths: readonly string[]
  /** There was more than may be looked at. */
  readonly isCut: boolean
}

export type FindLimits = { readonly maxPaths: number; readonly maxEntries: number }

const WILD = /[*?]/
/** Directories under a `**`. */
const MAX_DEPTH = 8

/** Whether a name or path segment has a wildcard. */
export const isWild = (text: string): boolean => WILD.test(text)

/** A test for one name. */
export function namePattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}

/** Paths as they are, sorted; a path without wildcards is taken whether it exists or not. */
export async function findPaths(patterns: readonly string[], limits: FindLimits): Promise<Found> {
  const search = { ...limits, paths: new Set<string>(), entries: 0, isCut: false }
  for (const pattern of patterns) {
    const [root = '', ...segments] = pattern.split(sep)
    await walk(search, root === '' ? sep : root, segments.filter(Boolean))
  }
  return { paths: [...search.paths].sort(), isCut: search.isCut }
}

type Search = FindLimits & { readonly paths: Set<string>; entries: number; isCut: boolean }

async function walk(
  search: Search,
  directory: string,
  segments: readonly string[],
  depth = 0,
): Promise<void> {
  const [segment, ...rest] = segments
  if (segment === undefined || search.isCut) return
  if (!isWild(segment)) return step(search, join(directory, segment), rest)
  const entries = await list(search, directory)
  if (segment === '**') {
    await walk(search, directory, rest)
    if (depth >= MAX_DEPTH) return
    for (const entry of entries)
      if (entry.isDirectory()) await walk(search, join(directory, entry.name), segments, depth + 1)
    return
  }
  const pattern = namePattern(segment)
  for (const entry of entries) {
    // A wildcard names hidden files only where it begins with a dot.
    if (!pattern.test(entry.name) || (entry.name.startsWith('.') && !segment.startsWith('.'))) continue
    if (rest.length > 0 || !entry.isDirectory()) await step(search, join(directory, entry.name), rest)
  }
}

async function step(search: Search, path: string, rest: readonly string[]): Promise<void> {
  if (rest.length > 0) return walk(search, path, rest)
  if (search.paths.size >= search.maxPaths && !search.paths.has(path)) search.isCut = true
  else search.paths.add(path)
}

async function list(search: Search, directory: string): Promise<Dirent[]> {
  // Not there, no directory, or not ours to read: then it names nothing now.
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  search.entries += entries.length
  if (search.entries > search.maxEntries) search.isCut = true
  return entries
}
