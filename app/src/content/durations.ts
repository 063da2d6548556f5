// What a file says with durations, where everything else counts milliseconds. Pure.

import { formatDuration, parseDuration } from '@secumon/domain/duration'

const IN_MS = /_ms$/

/** What a file says with the keys that everything else has: `duration: 5m` is `duration_ms: 300000`. */
export const inMilliseconds = (value: unknown, keys: ReadonlySet<string>): unknown =>
  mapped(value, (key, each) => {
    const ms = keys.has(`${key}_ms`) && typeof each === 'string' ? parseDuration(each.trim()) : undefined
    return ms === undefined ? [key, each] : [`${key}_ms`, ms]
  })

/** The other way. */
export const inWords = (value: unknown): unknown =>
  mapped(value, (key, each) =>
    IN_MS.test(key) && typeof each === 'number'
      ? [key.replace(IN_MS, ''), formatDuration(each)]
      : [key, each],
  )

type Entry = readonly [key: string, value: unknown]

function mapped(value: unknown, change: (key: string, value: unknown) => Entry): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => mapped(each, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => change(key, mapped(each, change))))
}
