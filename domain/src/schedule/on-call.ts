// Who is on call: members of a layer take turns, handing over at the same wall-clock time every so many days; a later layer
// wins over an earlier one, and an override over all.

import type { Member, Rotation, ScheduleSpec } from '@secumon/contracts/gen/escalation'
import { hoursAt } from '../calendar/active-hours.ts'
import { instantOf, parseWallClock, wallClockAt } from '../calendar/zone.ts'

export type Override = {
  /** ULID. */
  readonly id: string
  readonly member: Member
  readonly fromMs: number
  readonly untilMs: number
  readonly reason: string
}

/** Overrides are in the order in which they were made: of two the later one wins. */
export type OnCallSchedule = { readonly spec: ScheduleSpec; readonly overrides: readonly Override[] }

/** Who it is, and by what. */
export type OnCall = {
  readonly member: Member
  /** Name of the layer; absent where an override says so. */
  readonly layer?: string
  /** ULID. */
  readonly override?: string
}

/** Undefined `onCall`: nobody is. */
export type Shift = { readonly fromMs: number; readonly untilMs: number; readonly onCall: OnCall | undefined }

/** Who is on call at this moment; undefined where nobody is. */
export const onCallAt = (schedule: OnCallSchedule, atMs: number): OnCall | undefined =>
  turnAt(schedule, atMs).onCall

/** The shifts of a span, without a gap; the first `limit` of them. */
export function onCallBetween(
  schedule: OnCallSchedule,
  { fromMs, untilMs, limit }: { readonly fromMs: number; readonly untilMs: number; readonly limit: number },
): Shift[] {
  const shifts: Shift[] = []
  for (let atMs = fromMs; atMs < untilMs;) {
    const turn = turnAt(schedule, atMs)
    const endMs = Math.min(turn.untilMs, untilMs)
    const last = shifts.at(-1)
    if (last && isSame(last.onCall, turn.onCall)) shifts.splice(-1, 1, { ...last, untilMs: endMs })
    else if (shifts.length === limit) break
    else shifts.push({ fromMs: atMs, untilMs: endMs, onCall: turn.onCall })
    atMs = endMs
  }
  return shifts
}

// Who it is, and until when that can be said.
type Turn = { readonly onCall: OnCall | undefined; readonly untilMs: number }

function turnAt({ spec, overrides }: OnCallSchedule, atMs: number): Turn {
  let untilMs = Infinity
  for (const { id, member, fromMs, untilMs: endMs } of overrides.toReversed()) {
    if (fromMs <= atMs && atMs < endMs)
      return { onCall: { member, override: id }, untilMs: Math.min(untilMs, endMs) }
    if (fromMs > atMs) untilMs = Math.min(untilMs, fromMs)
  }
  for (const layer of spec.layers.toReversed()) {
    const turn = layerAt(layer, spec.timeZone, atMs)
    untilMs = Math.min(untilMs, turn.untilMs)
    if (turn.onCall) return { onCall: turn.onCall, untilMs }
  }
  return { onCall: undefined, untilMs }
}

function layerAt(layer: Rotation, zone: string, atMs: number): Turn {
  const { members, only, name } = layer
  const turn = handOverAt(layer, zone, atMs)
  if (turn.number < 0) return { onCall: undefined, untilMs: turn.nextMs }
  const hours = hoursAt(only, atMs)
  const member = members[turn.number % members.length]
  const onCall = hours.active && member ? { member, layer: name } : undefined
  return { onCall, untilMs: Math.min(hours.untilMs, turn.nextMs) }
}

type HandOver = { readonly number: number; readonly nextMs: number }

// The days that have passed say which hand-over was the last one, give or take the day on which it comes.
function handOverAt({ startsAt, daysEach }: Rotation, zone: string, atMs: number): HandOver {
  const start = parseWallClock(startsAt)
  if (!start || daysEach === 0) return { number: -1, nextMs: Infinity }
  const instant = (number: number): number => instantOf(start.add({ days: number * daysEach }), zone)
  const days = wallClockAt(atMs, zone).since(start, { largestUnit: 'days' }).days
  let number = Math.max(-1, Math.floor(days / daysEach) + 1)
  while (number >= 0 && instant(number) > atMs) number--
  return { number, nextMs: instant(number + 1) }
}

const isSame = (a: OnCall | undefined, b: OnCall | undefined): boolean =>
  a?.member === b?.member && a?.layer === b?.layer && a?.override === b?.override
