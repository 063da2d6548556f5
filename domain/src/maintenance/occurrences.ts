// When a maintenance is: the windows of its plan, each from its wall-clock beginning for as long as it takes. Every
// question costs the same however long ago the plan began.

import type { MaintenanceSpec } from '@secumon/contracts/gen/muting'
import type { Temporal } from 'temporal-polyfill'
import { instantOf, parseWallClock, wallClockAt, type WallClock } from '../calendar/zone.ts'
import { Rejected } from '../rejected.ts'
import { floating, recurrenceOf } from './recurrence.ts'

export type Occurrence = { readonly fromMs: number; readonly untilMs: number }

/** The windows of one plan. */
export type Occurrences = {
  /** The one that is at this moment. */
  readonly at: (atMs: number) => Occurrence | undefined
  /** The first that begins after this moment. */
  readonly after: (atMs: number) => Occurrence | undefined
  /** Those that are at any moment from `fromMs` to before `untilMs`, in order; the first `limit` of them. */
  readonly between: (fromMs: number, untilMs: number, limit: number) => Occurrence[]
}

/** Wall-clock times in their order. `before` includes the moment itself, `after` does not. */
type Times = {
  readonly before: (wall: WallClock) => WallClock | undefined
  readonly after: (wall: WallClock) => WallClock | undefined
}

/** No zone moves its clocks by more at once. */
const CLOCK_CHANGE = { hours: 3 }

/** @throws Rejected `invalid` when the plan cannot be */
export function occurrencesOf(spec: MaintenanceSpec): Occurrences {
  const { timeZone: zone, durationMs } = spec
  const times = timesOf(spec)
  const windowAt = (wall: WallClock): Occurrence => {
    const fromMs = instantOf(wall, zone)
    return { fromMs, untilMs: fromMs + durationMs }
  }
  const lastBegun = (atMs: number): Occurrence | undefined => {
    let wall = times.before(wallClockAt(atMs, zone).add(CLOCK_CHANGE))
    while (wall && instantOf(wall, zone) > atMs) wall = times.before(wall.subtract({ seconds: 1 }))
    return wall && windowAt(wall)
  }
  const after = (atMs: number): Occurrence | undefined => {
    let wall = times.after(wallClockAt(atMs, zone).subtract(CLOCK_CHANGE))
    while (wall && instantOf(wall, zone) <= atMs) wall = times.after(wall)
    return wall && windowAt(wall)
  }
  const at = remembering((atMs) => {
    const begun = lastBegun(atMs)
    const window = begun && atMs < begun.untilMs ? begun : undefined
    return { window, untilMs: Math.min(window?.untilMs ?? Infinity, after(atMs)?.fromMs ?? Infinity) }
  })
  return { at, after, between: (...span) => between({ at, after }, span) }
}

type Answer = { readonly window: Occurrence | undefined; readonly untilMs: number }

// The same moment is asked about for each alert: the answer holds until a window begins or ends.
function remembering(find: (atMs: number) => Answer): Occurrences['at'] {
  let known = { fromMs: Infinity, untilMs: -Infinity, window: undefined as Occurrence | undefined }
  return (atMs) => {
    if (atMs < known.fromMs || atMs >= known.untilMs) known = { fromMs: atMs, ...find(atMs) }
    return known.window
  }
}

function between(
  { at, after }: Pick<Occurrences, 'at' | 'after'>,
  [fromMs, untilMs, limit]: readonly [number, number, number],
): Occurrence[] {
  const found: Occurrence[] = []
  let next = at(fromMs) ?? after(fromMs)
  while (next && next.fromMs < untilMs && found.length < limit) {
    found.push(next)
    next = after(next.fromMs)
  }
  return found
}

function timesOf({ startsAt, timeZone: zone, recurrence }: MaintenanceSpec): Times {
  const first = parseWallClock(startsAt)
  if (!first)
    throw new Rejected(
      'invalid',
      `not a wall-clock time: ${JSON.stringify(startsAt.slice(0, 40))}; say 2026-11-22T02:00:00`,
    )
  if (recurrence === '') return listed([first])
  const rule = recurrenceOf(recurrence, { startsAt: first, zone })
  // A rule that counts has to be gone through from its beginning: once.
  if (/\bCOUNT=/i.test(recurrence)) return listed(rule.all().map(plain))
  return {
    before: (wall) => plainOf(rule.previous(floating(wall), true)),
    after: (wall) => plainOf(rule.next(floating(wall), false)),
  }
}

const plain = (time: Temporal.ZonedDateTime): WallClock => time.toPlainDateTime()
const plainOf = (time: Temporal.ZonedDateTime | null | undefined): WallClock | undefined =>
  time ? plain(time) : undefined

const listed = (walls: readonly WallClock[]): Times => {
  const times = walls.map((wall) => ({ wall, key: wall.toString({ smallestUnit: 'second' }) }))
  const keyOf = (wall: WallClock): string => wall.toString({ smallestUnit: 'second' })
  return {
    before: (wall) => times.findLast(({ key }) => key <= keyOf(wall))?.wall,
    after: (wall) => times.find(({ key }) => key > keyOf(wall))?.wall,
  }
}
