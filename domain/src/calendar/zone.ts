// Wall-clock times and the instants they stand for. A time that a change of clocks skips is as much later as was skipped;
// of one that comes twice the first is meant (RFC 5545, 3.3.5). A zone that is kept but not known here, because another
// computer has newer zones, is read as UTC: whoever is told at the wrong hour is told.

import { Temporal } from 'temporal-polyfill'
import { Rejected } from '../rejected.ts'

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

/** @throws Rejected `invalid` when it is none */
export function checkTimeZone(name: string): void {
  if (!isTimeZone(name))
    throw new Rejected('invalid', `not a time zone: ${JSON.stringify(name.slice(0, 80))}; say Europe/Paris`)
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
  knownHere(zone, (known) => wall.toZonedDateTime(known, { disambiguation: 'compatible' }).epochMilliseconds)

/** Both instants where the time comes twice; twice the same where it does not. */
export const instantsOf = (wall: WallClock, zone: string): readonly [number, number] =>
  knownHere(zone, (known) => [
    wall.toZonedDateTime(known, { disambiguation: 'earlier' }).epochMilliseconds,
    wall.toZonedDateTime(known, { disambiguation: 'later' }).epochMilliseconds,
  ])

/** What the clock says at an instant. */
export const wallClockAt = (atMs: number, zone: string): WallClock => zonedAt(atMs, zone).toPlainDateTime()

/** When the zone's clocks change next; undefined when they do not. */
export const nextClockChangeMs = (atMs: number, zone: string): number | undefined =>
  zonedAt(atMs, zone).getTimeZoneTransition('next')?.epochMilliseconds

const zonedAt = (atMs: number, zone: string): Temporal.ZonedDateTime =>
  knownHere(zone, (known) => Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(known))

function knownHere<T>(zone: string, read: (zone: string) => T): T {
  try {
    return read(zone)
  } catch (error) {
    if (error instanceof RangeError && !isTimeZone(zone)) return read('UTC')
    throw error
  }
}
