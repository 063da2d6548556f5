// The files that patterns name: `*` and `?` within a name, `**` for any directories between. Bounded, so that a pattern
// that matches half a disk costs a bounded time and says so. Up to its first wildcard a pattern may lead through links:
// whoever wrote it named them. Behind it anybody may have put them there, to lead astray or in circles.

import type { Dirent } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, join, parse, sep } from 'node:path'
import { entriesOf } from './entries-of.ts'

export type Found = {
  readonly paths: readonly string[]
  /** There was more than may be looked at. */
  readonly isCut: boolean
}

export type FindHow = {
  readonly maxPaths: number
  readonly maxEntries: number
  /** Also through links to directories behind a wildcard, but never by `**`. */
  readonly followSymlinks: boolean
}

const WILD = /[*?]/
/** Directories under a `**`. */
const MAX_DEPTH = 8

/** Whether a name or path segment has a wildcard. */
export const isWild = (text: string): boolean => WILD.test(text)

/** In a regular expression. */
const SEPARATOR = literal(sep)

/** A test for one name. */
export const namePattern = (pattern: string): RegExp => new RegExp(`^${nameSource(pattern)}$`, 's')

const nameSource = (pattern: string): string =>
  literal(pattern).replaceAll('*', `[^${SEPARATOR}]*`).replaceAll('?', `[^${SEPARATOR}]`)

function literal(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
}

export type Wanted = {
  /** Patterns of whole paths. */
  readonly paths: readonly string[]
  /** Names that are left out. */
  readonly exclude: readonly RegExp[]
}

/** Whether its name is among those that are left out. */
export const isExcluded = (path: string, { exclude }: Wanted): boolean =>
  exclude.some((pattern) => pattern.test(basename(path)))

/** Whether the patterns name it, there or not. */
export const isWanted = (path: string, wanted: Wanted): boolean =>
  !isExcluded(path, wanted) && wanted.paths.some((pattern) => pathPattern(pattern).test(path))

function pathPattern(pattern: string): RegExp {
  const sources = segmentsOf(pattern).map((part) =>
    part === '**' ? `(?:${SEPARATOR}[^${SEPARATOR}]+)*` : `${SEPARATOR}${nameSource(part)}`,
  )
  return new RegExp(`^${literal(rootOf(pattern))}${sources.join('')}$`, 's')
}

/** Without the separator behind it: nothing, but on Windows a drive or a server. */
const rootOf = (pattern: string): string => parse(pattern).root.slice(0, -1)

// What ends with any directories means every file in them.
function segmentsOf(pattern: string): readonly string[] {
  const segments = pattern.slice(rootOf(pattern).length).split(sep).filter(Boolean)
  return segments.at(-1) === '**' ? [...segments, '*'] : segments
}

/** Paths as they are, sorted; a path without wildcards is taken whether it exists or not. */
export async function findPaths(patterns: readonly string[], how: FindHow): Promise<Found> {
  const search: Search = { ...how, paths: new Set<string>(), entries: 0, isCut: false }
  for (const pattern of patterns) {
    const segments = segmentsOf(pattern)
    await walk(search, { directory: rootOf(pattern) + sep, segments, isBehindWild: false, depth: 0 })
  }
  return { paths: [...search.paths].sort(), isCut: search.isCut }
}

type Search = FindHow & { readonly paths: Set<string>; entries: number; isCut: boolean }

/** Where the walk is, and what of the pattern is left. */
type Step = {
  readonly directory: string
  readonly segments: readonly string[]
  readonly isBehindWild: boolean
  /** Directories that `**` has stood for. */
  readonly depth: number
}

async function walk(search: Search, step: Step): Promise<void> {
  const { directory, isBehindWild } = step
  const [segment, ...rest] = step.segments
  if (segment === undefined || search.isCut) return
  if (segment === '**') return walkAny(search, step, rest)
  if (isWild(segment)) return walkWild(search, step)
  const path = join(directory, segment)
  if (rest.length === 0) return take(search, path)
  if (!isBehindWild || search.followSymlinks || (await isDirectory(path)))
    return walk(search, { ...step, directory: path, segments: rest })
}

async function walkAny(search: Search, step: Step, rest: readonly string[]): Promise<void> {
  const { directory, depth } = step
  await walk(search, { ...step, segments: rest, isBehindWild: true })
  if (depth >= MAX_DEPTH) return
  for await (const entry of list(search, directory))
    if (entry.isDirectory())
      await walk(search, { ...step, directory: join(directory, entry.name), depth: depth + 1 })
}

async function walkWild(search: Search, { directory, segments, depth }: Step): Promise<void> {
  const [segment = '', ...rest] = segments
  const pattern = namePattern(segment)
  for await (const entry of list(search, directory)) {
    // A wildcard names hidden files only where it begins with a dot.
    if (!pattern.test(entry.name) || (entry.name.startsWith('.') && !segment.startsWith('.'))) continue
    const path = join(directory, entry.name)
    if (rest.length === 0 && !entry.isDirectory()) take(search, path)
    if (rest.length > 0 && (entry.isDirectory() || (search.followSymlinks && entry.isSymbolicLink())))
      await walk(search, { directory: path, segments: rest, isBehindWild: true, depth })
  }
}

function take(search: Search, path: string): void {
  if (search.paths.size >= search.maxPaths && !search.paths.has(path)) search.isCut = true
  else search.paths.add(path)
}

const isDirectory = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() ?? false

async function* list(search: Search, directory: string): AsyncGenerator<Dirent> {
  for await (const entry of entriesOf(directory)) {
    if (++search.entries > search.maxEntries) search.isCut = true
    if (search.isCut) return
    yield entry
  }
}
