// The moment or the span of a line: since the beginning, since the line before, or by the wall clock.

import { instantOf, parseWallClock } from '../calendar/zone.ts'
import { parseDuration } from '../duration.ts'
import { TimelineFault } from './fault.ts'
import type { Word } from './words.ts'

/** When a script begins, and by which clocks its times of day are. */
export type Calendar = { readonly startMs: number; readonly zone: string }

/** Since the beginning; a moment begins and ends at once. */
export type Span = { readonly fromMs: number; readonly untilMs: number }

const WALL_CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/

/** `2m`, `+30s`, `2026-03-29T02:30` or two of them, `2m..3m`. @param before where the line before ends @throws TimelineFault */
export function spanOf(word: Word, before: number, calendar: Calendar): Span {
  const [from = '', until, ...more] = word.text.split('..')
  const fromMs = momentOf(from, before, calendar)
  const untilMs = until === undefined ? fromMs : momentOf(until, fromMs ?? before, calendar)
  if (fromMs === undefined || untilMs === undefined || more.length > 0)
    throw new TimelineFault(
      `not a time: ${word.text}; say 90s, 1h30m, +10s, 2m..3m or 2026-03-29T02:30`,
      word,
    )
  if (fromMs < before) throw new TimelineFault('that is before the line above', word)
  if (untilMs < fromMs) throw new TimelineFault('it ends before it begins', word)
  return { fromMs, untilMs }
}

function momentOf(text: string, before: number, { startMs, zone }: Calendar): number | undefined {
  if (text.startsWith('+')) {
    const ms = parseDuration(text.slice(1))
    return ms === undefined ? undefined : before + ms
  }
  if (!WALL_CLOCK.test(text)) return parseDuration(text)
  const wall = parseWallClock(text.length === 16 ? `${text}:00` : text)
  return wall && instantOf(wall, zone) - startMs
}

const PARTS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** `1h2m5s`: a time as a script would say it. */
export function inTime(ms: number): string {
  let rest = Math.round(ms)
  const said = PARTS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count > 0 ? [`${count}${unit}`] : []
  })
  return said.join('') || '0s'
}
