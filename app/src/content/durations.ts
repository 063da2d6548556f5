// Durations as people write them in a file, `5m` or `1h30m`; everything else counts them in milliseconds. Pure.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const IN_MS = /_ms$/

/** Milliseconds; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined
  let ms = 0
  for (const [, amount = '', unit = ''] of text.matchAll(PART)) ms += Number(amount) * (UNITS_MS[unit] ?? 0)
  return Math.round(ms)
}

/** The shortest text of the same duration: `90s`, `5m`, `24h`. */
export function formatDuration(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find(
    (name) => ms >= (UNITS_MS[name] ?? 1) && ms % (UNITS_MS[name] ?? 1) === 0,
  )
  return unit === undefined ? `${ms}ms` : `${ms / (UNITS_MS[unit] ?? 1)}${unit}`
}

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
