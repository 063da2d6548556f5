// Times in the viewer's zone: relative for reading, absolute with the zone for the tooltip. ISO weeks, 24 h.

import { dateFormat } from './formatters.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const HALF_YEAR = 180 * DAY

/** Largest two units of a duration: `3 d 4 h`, `12 min`, `8 s`. Unit words are short and the same in both languages but for days. */
export function formatDuration(durationMs: number, locale: string): string {
  const ms = Math.max(0, durationMs)
  const day = locale.startsWith('fr') ? 'j' : 'd'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < MINUTE) return `${Math.floor(ms / 1000)} s`
  if (ms < HOUR)
    return pair([Math.floor(ms / MINUTE), 'min'], [Math.floor((ms % MINUTE) / 1000), 's'], ms < 10 * MINUTE)
  if (ms < DAY) return pair([Math.floor(ms / HOUR), 'h'], [Math.floor((ms % HOUR) / MINUTE), 'min'], true)
  return pair([Math.floor(ms / DAY), day], [Math.floor((ms % DAY) / HOUR), 'h'], ms < 100 * DAY)
}

function pair(first: [number, string], second: [number, string], both: boolean): string {
  const text = `${first[0]} ${first[1]}`
  return both && second[0] > 0 ? `${text} ${second[0]} ${second[1]}` : text
}

/** `12 s ago`, `il y a 12 s`; within a second it is now. */
export function formatAge(atMs: number, nowMs: number, locale: string): string {
  const ageMs = nowMs - atMs
  const french = locale.startsWith('fr')
  if (ageMs < 1000) return french ? 'à l’instant' : 'now'
  const text = formatDuration(ageMs, locale)
  return french ? `il y a ${text}` : `${text} ago`
}

/** Date, time to the second and zone. */
export const formatAbsolute = (atMs: number, locale: string): string =>
  dateFormat('absolute', locale, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(atMs)

/** Time of day for a tooltip; with the day when the range is longer than one, with the year when it is about that long. */
export const formatMoment = (atMs: number, locale: string, rangeMs: number): string =>
  dateFormat(rangeMs > HALF_YEAR ? 'year' : rangeMs > DAY ? 'day' : 'moment', locale, {
    ...(rangeMs > HALF_YEAR ? { year: 'numeric' } : {}),
    ...(rangeMs > DAY ? { month: 'short', day: '2-digit' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    ...(rangeMs <= DAY ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  }).format(atMs)

/** A day of the calendar, `2026-11-22`, as it is read. */
export const formatDay = (day: string, locale: string): string =>
  dateFormat('calendar', locale, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
    Date.parse(day),
  )

/** `datetime-local` input value of an instant, in the viewer's zone. */
export function toLocalInput(atMs: number): string {
  const date = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE)
  return date.toISOString().slice(0, 16)
}
