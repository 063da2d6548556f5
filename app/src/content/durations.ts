// What a file says with durations, where everything else counts milliseconds: at known places only, for a label may be
// called `window`, too. Pure.

import { formatDuration, parseDuration } from '@secumon/domain/duration'
import type { Path } from './content-fault.ts'

/** As a file calls it: `condition.window`, `steps.*.delay`, where `*` is each of a list. */
export type DurationPath = string

/**
 * What a file says with the keys that everything else has: `duration: 5m` is `duration_ms: 300000`. What is no duration
 * stays a text under that key, for the schema to refuse.
 */
export const inMilliseconds = (item: unknown, durations: readonly DurationPath[]): unknown =>
  changedAt(item, durations, (object, key) =>
    Object.hasOwn(object, `${key}_ms`) ? object : renamed(object, [key, `${key}_ms`], msOf),
  )

/** The other way. */
export const inWords = (item: unknown, durations: readonly DurationPath[]): unknown =>
  changedAt(item, durations, (object, key) => renamed(object, [`${key}_ms`, key], wordsOf))

/** @param path with the key that everything else has: `condition.window_ms` */
export function isDuration(path: Path, durations: readonly DurationPath[]): boolean {
  const place = path.map((key) => (typeof key === 'number' ? '*' : key)).join('.')
  return durations.some((each) => place === `${each}_ms`)
}

const msOf = (said: unknown): unknown =>
  (typeof said === 'string' ? parseDuration(said.trim()) : undefined) ?? String(said)

const wordsOf = (ms: unknown): unknown => (typeof ms === 'number' ? formatDuration(ms) : ms)

type Entries = Readonly<Record<string, unknown>>
type Change = (object: Entries, key: string) => Entries

const changedAt = (item: unknown, durations: readonly DurationPath[], change: Change): unknown =>
  durations.reduce((before, path) => changedBelow(before, path.split('.'), change), item)

function changedBelow(value: unknown, [key = '', ...rest]: readonly string[], change: Change): unknown {
  if (Array.isArray(value))
    return key === '*' ? value.map((each: unknown) => changedBelow(each, rest, change)) : value
  if (!isObject(value)) return value
  if (rest.length === 0) return change(value, key)
  return Object.hasOwn(value, key) ? { ...value, [key]: changedBelow(value[key], rest, change) } : value
}

const renamed = (
  object: Entries,
  [from, to]: readonly [string, string],
  change: (value: unknown) => unknown,
): Entries =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => (key === from ? [to, change(value)] : [key, value])),
  )

const isObject = (value: unknown): value is Entries => typeof value === 'object' && value !== null
