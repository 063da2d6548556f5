// Hours of the week, by the wall clock of a zone: when they are, and until when that holds.

import { type ActiveHours, type WeeklyHours } from '@secumon/contracts/gen/escalation'
import { Rejected } from '../rejected.ts'
import { checkTimeZone, instantsOf, nextClockChangeMs, wallClockAt, type WallClock } from './zone.ts'

export const MAX_WEEKLY_HOURS = 50
const DAY_MINUTES = 24 * 60
/** A week and what a change of clocks adds to it: by then all boundaries have come. */
const AHEAD_DAYS = 8

/** Whether the hours are now, and until when that is so; Infinity where it never changes. */
export type HoursNow = { readonly active: boolean; readonly untilMs: number }

/** True within the hours; without any, always. */
export function isWithin({ timeZone, hours }: ActiveHours, atMs: number): boolean {
  const wall = wallClockAt(atMs, timeZone)
  const minute = wall.hour * 60 + wall.minute
  const yesterday = wall.dayOfWeek === 1 ? 7 : wall.dayOfWeek - 1
  return hours.some(({ days, fromMinute, untilMinute }) => {
    const today = days.includes(wall.dayOfWeek)
    if (fromMinute < untilMinute) return today && fromMinute <= minute && minute < untilMinute
    return (today && fromMinute <= minute) || (days.includes(yesterday) && minute < untilMinute)
  })
}

type Answer = { readonly fromMs: number; readonly hours: HoursNow }

// The same question is asked for each alert of a policy: the answer holds for a while.
const ANSWERS = new WeakMap<ActiveHours, Answer>()

/** Absent hours are always. */
export function hoursAt(activeHours: ActiveHours | undefined, atMs: number): HoursNow {
  if (!activeHours) return { active: true, untilMs: Infinity }
  const known = ANSWERS.get(activeHours)
  if (known && known.fromMs <= atMs && atMs < known.hours.untilMs) return known.hours
  const hours = findHours(activeHours, atMs)
  ANSWERS.set(activeHours, { fromMs: atMs, hours })
  return hours
}

function findHours(activeHours: ActiveHours, atMs: number): HoursNow {
  const active = isWithin(activeHours, atMs)
  const next = boundariesAfter(activeHours, atMs).find((ms) => isWithin(activeHours, ms) !== active)
  return { active, untilMs: next ?? Infinity }
}

function boundariesAfter(activeHours: ActiveHours, atMs: number): number[] {
  const { timeZone, hours } = activeHours
  const midnight = wallClockAt(atMs, timeZone).with({ hour: 0, minute: 0, second: 0, millisecond: 0 })
  const found = new Set<number>()
  for (let day = -1; day <= AHEAD_DAYS; day++) {
    const date = midnight.add({ days: day })
    const ofDay = hours.filter(({ days }) => days.includes(date.dayOfWeek))
    for (const one of ofDay) for (const ms of boundsOf(one, date, timeZone)) found.add(ms)
  }
  const change = nextClockChangeMs(atMs, timeZone)
  if (change !== undefined) found.add(change)
  return [...found].filter((ms) => ms > atMs).toSorted((a, b) => a - b)
}

function boundsOf({ fromMinute, untilMinute }: WeeklyHours, date: WallClock, zone: string): number[] {
  const until = fromMinute < untilMinute ? untilMinute : untilMinute + DAY_MINUTES
  return [fromMinute, until].flatMap((minutes) => instantsOf(date.add({ minutes }), zone))
}

/** @throws Rejected `invalid` with the reason when the hours cannot be */
export function checkActiveHours({ timeZone, hours }: ActiveHours): void {
  checkTimeZone(timeZone)
  if (hours.length === 0) throw new Rejected('invalid', 'active hours need hours')
  if (hours.length > MAX_WEEKLY_HOURS)
    throw new Rejected('invalid', `active hours are at most ${MAX_WEEKLY_HOURS} spans of a week`)
  for (const one of hours) checkWeekly(one)
}

function checkWeekly({ days, fromMinute, untilMinute }: WeeklyHours): void {
  if (days.length === 0 || days.some((day) => day < 1 || day > 7))
    throw new Rejected('invalid', 'days are 1 (Monday) to 7 (Sunday), one at least')
  if (fromMinute > DAY_MINUTES || untilMinute > DAY_MINUTES)
    throw new Rejected('invalid', 'hours are minutes of the day, 0 to 1440')
  if (fromMinute === untilMinute)
    throw new Rejected('invalid', 'hours that end when they begin: the whole day is 0 to 1440')
}
