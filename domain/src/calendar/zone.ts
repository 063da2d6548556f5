// Wall-clock times and the instants they stand for. A time that a change of clocks skips is as much later as was skipped;
// of one that comes twice the first is meant (RFC 5545, 3.3.5).

import { Temporal } from 'temporal-polyfill'

/** What the clock on the wall says, without a zone. */
export type WallClock = Temporal.PlainDateTime

const WALL_CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/

/** True for an IANA name that is known here. Offsets are no zones: they have no change of clocks. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Undefined for what is not `2026-11-22T09:00:00`, or no day of the calendar. */
export function parseWallClock(text: string): WallClock | undefined {
  if (!WALL_CLOCK.test(text)) return undefined
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The instant, in milliseconds since 1970 UTC. */
export const instantOf = (wall: WallClock, zone: string): number =>
  wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds

/** Both instants where the time comes twice; twice the same where it does not. */
export const instantsOf = (wall: WallClock, zone: string): readonly [number, number] => [
  wall.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds,
  wall.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds,
]

/** What the clock says at an instant. */
export const wallClockAt = (atMs: number, zone: string): WallClock =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDateTime()

/** When the zone's clocks change next; undefined when they do not. */
export const nextClockChangeMs = (atMs: number, zone: string): number | undefined =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).getTimeZoneTransition('next')
    ?.epochMilliseconds
