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

const SHORT_CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const DAY = { month: 'short', day: '2-digit' } as const

export type LineTimeForm = {
  /** With the day, where a range is longer than one. */
  readonly day: boolean
  /** Without milliseconds, where there is little room. */
  readonly short: boolean
}

/** Whether the times of a range need their day. */
export const tellsDay = (rangeMs: number): boolean => rangeMs > DAY_MS

/** Time of day for a row. */
export const formatLineTime = (atMs: number, locale: string, { day, short }: LineTimeForm): string =>
  dateFormat(`line ${day} ${short}`, locale, {
    ...(day ? DAY : {}),
    ...(short ? SHORT_CLOCK : CLOCK),
  }).format(atMs)

/** Date, time to the millisecond and zone. */
export const formatExactTime = (atMs: number, locale: string): string =>
  dateFormat('line exact', locale, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    ...CLOCK,
    timeZoneName: 'short',
  }).format(atMs)
