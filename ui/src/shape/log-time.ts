// Times of log lines in the viewer's zone, to the millisecond.

import { dateFormat } from './formatters.ts'

const DAY_MS = 24 * 3_600_000
const CLOCK = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
} as const

/** Time of day; with the day when the range is longer than one. */
export const formatLineTime = (atMs: number, locale: string, rangeMs: number): string =>
  rangeMs > DAY_MS
    ? dateFormat('line day', locale, { month: 'short', day: '2-digit', ...CLOCK }).format(atMs)
    : dateFormat('line', locale, CLOCK).format(atMs)

/** Date, time to the millisecond and zone. */
export const formatExactTime = (atMs: number, locale: string): string =>
  dateFormat('line exact', locale, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    ...CLOCK,
    timeZoneName: 'short',
  }).format(atMs)
