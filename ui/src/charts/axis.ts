// Ticks of the axes: times in 24 h words of the viewer's language, values in one unit that suits the largest.

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const MONTH = 28 * DAY

/** One label per tick; the day is named at midnight or when ticks are days apart, the year where ticks are months apart. */
export function timeTicks(splitsMs: readonly number[], incrementMs: number, locale: string): string[] {
  if (incrementMs >= MONTH) return monthTicks(splitsMs, locale)
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(incrementMs < MINUTE ? { second: '2-digit' } : {}),
  })
  return splitsMs.map((at) => {
    const date = new Date(at)
    const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
    return incrementMs >= DAY || midnight ? day.format(date) : time.format(date)
  })
}

// The first tick of each year says which.
function monthTicks(splitsMs: readonly number[], locale: string): string[] {
  const month = new Intl.DateTimeFormat(locale, { month: 'short' })
  const withYear = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' })
  const years = splitsMs.map((at) => new Date(at).getFullYear())
  return splitsMs.map((at, i) => (years[i] === years[i - 1] ? month : withYear).format(at))
}

/** Increments an axis of bytes may have, so that its labels are round in binary units. */
export const BINARY_INCREMENTS: readonly number[] = Array.from({ length: 54 }, (_, i) => 2 ** (i - 2))

const decades = (least: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => least * 10 ** i).flatMap((unit) => [unit, 2 * unit, 5 * unit])
const CLOCK = [10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200] // prettier-ignore

/** And those of an axis of seconds, so that they are round in minutes, hours and days. */
export const SECONDS_INCREMENTS: readonly number[] = [...decades(1e-6, 7), ...CLOCK, ...decades(86_400, 6)]

type Extremes = { readonly smallest: number | null; readonly largest: number | null }

/** From zero, or below it where values are, to a little above the largest; a fixed top where the panel has one. */
export function valueRange({ smallest, largest }: Extremes, top: number | undefined): [number, number] {
  const bottom = Math.min(0, (smallest ?? 0) * 1.08)
  if (top !== undefined) return [bottom, top]
  return [bottom, largest === null || largest <= 0 ? Math.max(1, -bottom / 10) : largest * 1.08]
}
