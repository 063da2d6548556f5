// Names of segments say enough for a listing to tell a tenant's next leaf and the newest flush:
//   sealed  <tenant>/<kind>/<day>/<first leaf>-<last leaf>.<leaves>.<first flush>-<last flush>.segment, or .hashes
//   open    .open-<writer>/<tenant>.<kind>.<day>.<first leaf>
// A name of a tenant has no dot, so that nothing of a writer's can be taken for a tenant's.

import { isTenant } from '@secumon/contracts/subjects'
import { isKind, type SegmentHeader } from './segment-file.ts'

export type SegmentRange = {
  readonly firstLeaf: number
  readonly lastLeaf: number
  /** The tenant's leaves between first and last may lie in segments of other kinds. */
  readonly leaves: number
  readonly firstFlush: number
  readonly lastFlush: number
}

export type SegmentState = 'sealed' | 'hashes'
export type SealedName = SegmentHeader & SegmentRange & { readonly state: SegmentState }
export type OpenName = SegmentHeader & { readonly firstLeaf: number }

const DIGITS = 12
const DAY = /^\d{4}-\d{2}-\d{2}$/
const OPEN_DIRECTORY = /^\.open-([1-9]\d*)$/
const ENDINGS: Record<SegmentState, string> = { sealed: 'segment', hashes: 'hashes' }

const padded = (value: number): string => String(value).padStart(DIGITS, '0')

export function sealedName({ tenant, kind, day, state, ...range }: SealedName): string {
  const leaves = `${padded(range.firstLeaf)}-${padded(range.lastLeaf)}`
  const flushes = `${padded(range.firstFlush)}-${padded(range.lastFlush)}`
  return `${tenant}/${kind}/${day}/${leaves}.${range.leaves}.${flushes}.${ENDINGS[state]}`
}

/** Undefined for a name that is no segment's. */
export function parseSealedName(name: string): SealedName | undefined {
  const [tenant = '', kind = '', day = '', file = '', ...rest] = name.split('/')
  const match = /^(\d+)-(\d+)\.(\d+)\.(\d+)-(\d+)\.(segment|hashes)$/.exec(file)
  if (!match || rest.length > 0 || !isTenant(tenant) || !isKind(kind) || !DAY.test(day)) return undefined
  const [firstLeaf = 0, lastLeaf = 0, leaves = 0, firstFlush = 0, lastFlush = 0] = match
    .slice(1, 6)
    .map(Number)
  const state = match[6] === 'hashes' ? 'hashes' : 'sealed'
  return { tenant, kind, day, state, firstLeaf, lastLeaf, leaves, firstFlush, lastFlush }
}

export const openName = ({ tenant, kind, day, firstLeaf }: OpenName): string =>
  `${tenant}.${kind}.${day}.${padded(firstLeaf)}`

export function parseOpenName(file: string): OpenName | undefined {
  const [tenant = '', kind = '', day = '', leaf = '', ...rest] = file.split('.')
  if (rest.length > 0 || !isTenant(tenant) || !isKind(kind) || !DAY.test(day) || !/^\d+$/.test(leaf))
    return undefined
  return { tenant, kind, day, firstLeaf: Number(leaf) }
}

/** A sealed segment waits under this name, beside the open ones, until the store has it. */
export const waitingName = (name: string): string => name.replaceAll('/', '.')

export const parseWaitingName = (file: string): SealedName | undefined =>
  parseSealedName(file.split('.').slice(0, 3).join('/') + '/' + file.split('.').slice(3).join('.'))

export const openDirectoryName = (writer: number): string => `.open-${writer}`

/** Number of the writer whose open segments a directory holds. */
export function parseOpenDirectory(directory: string): number | undefined {
  const match = OPEN_DIRECTORY.exec(directory)
  return match ? Number(match[1]) : undefined
}

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)
