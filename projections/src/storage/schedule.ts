// When a job is due: next time by its schedule, sooner again when it failed. Pure.

import { instantOf, wallClockAt } from '@secumon/domain/calendar/zone'
import type { Schedule } from './storage-job.ts'

/** The hour of retention, by the clocks of a time zone. */
export type DailyAt = { readonly hour: number; readonly minute: number; readonly zone: string }

const FIRST_RETRY_MS = 30_000
const LAST_RETRY_MS = 15 * 60_000
const UNITS = [
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
]

/** The next time by the schedule, after a moment. */
export function nextRunMs(schedule: Schedule, afterMs: number, at: DailyAt): number {
  if (schedule !== 'daily') return afterMs + schedule.everyMs
  const wall = wallClockAt(afterMs, at.zone).with({
    hour: at.hour,
    minute: at.minute,
    second: 0,
    millisecond: 0,
  })
  const today = instantOf(wall, at.zone)
  return today > afterMs ? today : instantOf(wall.add({ days: 1 }), at.zone)
}

/** When a job that is new is due: a daily one at its hour, for it may take long; null: as soon as somebody can. */
export const firstRunMs = (schedule: Schedule, nowMs: number, at: DailyAt): number | null =>
  schedule === 'daily' ? nextRunMs(schedule, nowMs, at) : null

/** How long after a failure it is tried again: from half a minute to a quarter of an hour. */
export const retryAfterMs = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)

/** What the next time cannot be later than: one that lies beyond was set by a clock that was wrong, or by other settings. */
export const latestRunMs = (schedule: Schedule, nowMs: number, at: DailyAt): number =>
  Math.max(nextRunMs(schedule, nowMs, at), nowMs + LAST_RETRY_MS)

/** `every 5 min`, `daily at 04:00 UTC`. */
export function scheduleText(schedule: Schedule, { hour, minute, zone }: DailyAt): string {
  if (schedule === 'daily') return `daily at ${twoDigits(hour)}:${twoDigits(minute)} ${zone}`
  const unit = UNITS.find(({ ms }) => schedule.everyMs % ms === 0)
  return unit ? `every ${schedule.everyMs / unit.ms} ${unit.name}` : `every ${schedule.everyMs} ms`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')
