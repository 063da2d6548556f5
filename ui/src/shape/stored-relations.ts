// What the tables of the storage are called, and in which order they are listed.

import type { StorageMessages } from '../i18n/en-storage.ts'
import type { StoredRelation } from '../lib/storage-types.ts'

const SUFFIX_WORD = { '5min': 'by5min', '1hour': 'by1hour', packed: 'packed' } as const
const BASES = [
  'metrics',
  'disk_metrics',
  'network_metrics',
  'process_metrics',
  'custom_metrics',
  'check_metrics',
  'logs',
  'log_counts',
] as const
const PARTS = /^(.+?)(?:_(5min|1hour|packed))?$/
const SEALED = 'sealed'
const HOUR_MS = 3_600_000
/** A rollup that is so far behind has not been made for a while. */
const BEHIND_MS = 30 * 60_000

/** `Hosts, by the hour`; undefined for a table that has no words. */
export function relationWords({ schema, name }: StoredRelation, s: StorageMessages): string | undefined {
  const [, stem = '', suffix] = PARTS.exec(name) ?? []
  const base = BASES.find((each) => each === stem)
  if (!base) return undefined
  const detail = suffix === undefined ? (base.startsWith('log') ? [] : [s.asMeasured]) : [s[wordOf(suffix)]]
  return [s[base], ...detail, ...(schema === SEALED ? [s.sealed] : [])].join(', ')
}

const wordOf = (suffix: string): (typeof SUFFIX_WORD)[keyof typeof SUFFIX_WORD] =>
  suffix === '5min' || suffix === '1hour' ? SUFFIX_WORD[suffix] : SUFFIX_WORD.packed

/** What is kept for the shortest time first, what never grows old last. What is still empty is left out where nobody misses it. */
export const listedRelations = (relations: readonly StoredRelation[]): StoredRelation[] =>
  relations
    .filter((relation) => !isEmpty(relation) || !isExtra(relation))
    .toSorted(
      (a, b) =>
        (a.kept_days ?? Infinity) - (b.kept_days ?? Infinity) ||
        placeOf(a) - placeOf(b) ||
        a.name.localeCompare(b.name) ||
        a.schema.localeCompare(b.schema),
    )

const isEmpty = ({ rows, oldest }: StoredRelation): boolean => rows === 0 && oldest === null
const isExtra = ({ name, kept_days: days }: StoredRelation): boolean =>
  days === null || name.endsWith('_packed')

function placeOf({ name }: StoredRelation): number {
  const at = BASES.findIndex((base) => base === PARTS.exec(name)?.[1])
  return at < 0 ? BASES.length : at
}

/** From when there is anything in it, as far as is known. */
export const beginsAt = ({ oldest, floor }: StoredRelation): number | null =>
  oldest === null ? floor : Math.max(oldest, floor ?? oldest)

/** How long ago a rollup was made up to, where that is too long. */
export function behindMs({ name, until }: StoredRelation, nowMs: number): number | undefined {
  if (until === null || until <= 0) return undefined
  const widthMs = name.endsWith('_1hour') ? HOUR_MS : HOUR_MS / 12
  const lagMs = nowMs - until
  return lagMs > widthMs + BEHIND_MS ? lagMs : undefined
}
