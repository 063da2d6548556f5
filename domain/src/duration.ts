// Durations as people write them: `5m`, `90s`, `1h30m`.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

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
