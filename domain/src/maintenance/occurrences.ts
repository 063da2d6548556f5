// When a maintenance is: the windows of its plan, each from its wall-clock beginning for as long as it takes. Rules are
// expanded without a zone and each time becomes an instant afterwards, so that a window keeps its hour over a change of
// clocks and is not lost in one: there it departs from RFC 5545, which drops a time that is skipped, for a window that does
// not come would page people. Every question costs the same however long ago the plan began.

import type { MaintenanceSpec } from '@secumon/contracts/gen/muting'
import { checkTimeZone, instantOf, parseWallClock, wallClockAt } from '../calendar/zone.ts'
import { Rejected } from '../rejected.ts'
import { parseRecurrence } from './recurrence.ts'
import { listed, recurring, type WallTimes } from './recurring.ts'

export type Occurrence = { readonly fromMs: number; readonly untilMs: number }

/** The windows of one plan. */
export type Occurrences = {
  /** The one that is at this moment. */
  readonly at: (atMs: number) => Occurrence | undefined
  /** The first that begins after this moment, within 50 years. */
  readonly after: (atMs: number) => Occurrence | undefined
  /** Those that are at any moment from `fromMs` to before `untilMs`, in order; the first `limit` of them. */
  readonly between: (fromMs: number, untilMs: number, limit: number) => Occurrence[]
}

const HOUR_MS = 3_600_000
/** No zone moves its clocks by more at once. */
const CLOCK_CHANGE_MS = 3 * HOUR_MS
/** Longer than from any February 29 to the next on the same day of the week. */
export const AHEAD_YEARS = 50
const AHEAD_MS = AHEAD_YEARS * 366 * 24 * HOUR_MS

/** @throws Rejected `invalid` when the plan cannot be; what it returns never throws for times that a Date can hold */
export function occurrencesOf(spec: MaintenanceSpec): Occurrences {
  const windows = windowsOf(spec)
  const after = (atMs: number): Occurrence | undefined =>
    windows(atMs, atMs + AHEAD_MS, 1).find(({ fromMs }) => fromMs > atMs)
  const at = remembering((atMs) => {
    const begun = windows(atMs - spec.durationMs, atMs, -1).find(({ fromMs }) => fromMs <= atMs)
    const window = begun && atMs < begun.untilMs ? begun : undefined
    return { window, untilMs: Math.min(window?.untilMs ?? Infinity, after(atMs)?.fromMs ?? Infinity) }
  })
  const between = (fromMs: number, untilMs: number, limit: number): Occurrence[] => {
    const found = [at(fromMs) ?? []].flat()
    for (const window of windows(fromMs, untilMs, 1)) {
      if (found.length >= limit) break
      const isNext = window.fromMs > (found.at(-1)?.fromMs ?? fromMs)
      if (isNext && window.fromMs < untilMs) found.push(window)
    }
    return found.slice(0, limit)
  }
  return { at, after, between }
}

/** The windows that begin from `fromMs` to `toMs`, and some before and after; the last first where the order is -1. */
type Windows = (fromMs: number, toMs: number, order: 1 | -1) => Generator<Occurrence>

function windowsOf(spec: MaintenanceSpec): Windows {
  const { timeZone: zone, durationMs } = spec
  checkTimeZone(zone)
  const times = timesOf(spec)
  return function* (from, to, order) {
    const span = { fromMs: onWall(from, zone) - CLOCK_CHANGE_MS, toMs: onWall(to, zone) + CLOCK_CHANGE_MS }
    for (const wallMs of times(span, order)) {
      const fromMs = instantOf(wallClockAt(wallMs, 'UTC'), zone)
      yield { fromMs, untilMs: fromMs + durationMs }
    }
  }
}

/** What the clock on the wall says, as if it stood in UTC. */
const onWall = (atMs: number, zone: string): number => instantOf(wallClockAt(atMs, zone), 'UTC')

type Answer = { readonly window: Occurrence | undefined; readonly untilMs: number }

// The same moment is asked about for each alert: the answer holds until a window begins or ends.
function remembering(find: (atMs: number) => Answer): Occurrences['at'] {
  let known = { fromMs: Infinity, untilMs: -Infinity, window: undefined as Occurrence | undefined }
  return (atMs) => {
    if (atMs < known.fromMs || atMs >= known.untilMs) known = { fromMs: atMs, ...find(atMs) }
    return known.window
  }
}

function timesOf({ startsAt, timeZone: zone, recurrence }: MaintenanceSpec): WallTimes {
  const first = parseWallClock(startsAt)
  if (!first)
    throw new Rejected(
      'invalid',
      `not a wall-clock time: ${JSON.stringify(startsAt.slice(0, 40))}; say 2026-11-22T02:00:00`,
    )
  const firstMs = instantOf(first, 'UTC')
  if (recurrence === '') return listed([firstMs])
  const rule = parseRecurrence(recurrence, zone)
  const times = recurring(rule, firstMs)
  return rule.count === undefined ? times : listed(counted(times, { firstMs, count: rule.count }))
}

// A rule that counts has to be gone through from its beginning: once.
function counted(
  times: WallTimes,
  { firstMs, count }: { readonly firstMs: number; readonly count: number },
): number[] {
  const found: number[] = []
  for (const ms of times({ fromMs: firstMs, toMs: firstMs + AHEAD_MS }, 1))
    if (found.push(ms) === count) return found
  throw new Rejected('invalid', `COUNT=${count} is not reached within ${AHEAD_YEARS} years`)
}
