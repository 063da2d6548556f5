// The time range of a page: how it stands in the address, and which bucket width suits it.

export type TimeRange =
  | { readonly kind: 'last'; readonly durationMs: number }
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY }
const SHORTEST_MS = 10_000
const LONGEST_MS = 400 * DAY

/** The ranges offered, by the word that stands for them in the address. */
export const PRESETS = ['15m', '1h', '6h', '24h', '7d', '30d', '90d', '365d'] as const
export type Preset = (typeof PRESETS)[number]
export const DEFAULT_PRESET: Preset = '1h'

const STEPS_MS = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
] // prettier-ignore

/** Milliseconds of `15m`, `6h`, `30d`; undefined when it is not such a word. */
export function durationOf(word: string): number | undefined {
  const match = /^(\d{1,4})([mhd])$/.exec(word)
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]]
  return match && unit ? Number(match[1]) * unit : undefined
}

/** Reads `range` or `from` and `to` of the address; anything unreadable is the default range. */
export function parseRange(search: URLSearchParams): TimeRange {
  const from = Number(search.get('from'))
  const to = Number(search.get('to'))
  if (from > 0 && to - from >= SHORTEST_MS && to - from <= LONGEST_MS) {
    return { kind: 'between', fromMs: Math.round(from), toMs: Math.round(to) }
  }
  const durationMs = durationOf(search.get('range') ?? '')
  const fits = durationMs !== undefined && durationMs >= MINUTE && durationMs <= LONGEST_MS
  return { kind: 'last', durationMs: fits ? durationMs : (durationOf(DEFAULT_PRESET) ?? HOUR) }
}

/** What the address shall hold; undefined removes the parameter. */
export function rangeParameters(range: TimeRange): Record<'range' | 'from' | 'to', string | undefined> {
  if (range.kind === 'between') return { range: undefined, from: `${range.fromMs}`, to: `${range.toMs}` }
  const word = wordOf(range.durationMs)
  return { range: word === DEFAULT_PRESET ? undefined : word, from: undefined, to: undefined }
}

/** The shortest word for a duration: 90 minutes are `90m`, 24 hours `24h`, 7 days `7d`. */
export function wordOf(durationMs: number): string {
  if (durationMs % DAY === 0 && durationMs > DAY) return `${durationMs / DAY}d`
  if (durationMs % HOUR === 0) return `${durationMs / HOUR}h`
  return `${Math.max(1, Math.round(durationMs / MINUTE))}m`
}

/** First and last instant of the range, when now is `nowMs`. */
export const boundsOf = (range: TimeRange, nowMs: number): { fromMs: number; toMs: number } =>
  range.kind === 'between'
    ? { fromMs: range.fromMs, toMs: range.toMs }
    : { fromMs: nowMs - range.durationMs, toMs: nowMs }

/** The range cut out by a drag, at least ten seconds wide. */
export function zoomed(fromMs: number, toMs: number): TimeRange {
  const from = Math.round(Math.min(fromMs, toMs))
  return {
    kind: 'between',
    fromMs: from,
    toMs: Math.max(Math.round(Math.max(fromMs, toMs)), from + SHORTEST_MS),
  }
}

/** The bucket width for about `points` buckets: a round step, never finer than the agent measures. */
export function stepFor(durationMs: number, periodMs: number, points = 720): number {
  const least = Math.max(durationMs / points, periodMs)
  return STEPS_MS.find((step) => step >= least) ?? DAY
}
