// The times of a recurrence rule, on a clock on the wall that never changes: milliseconds since 1970 as if it were in UTC.
// They are looked for day by day, so what a question costs is bounded by the span it is about.

import { dayTestOf } from './day-test.ts'
import { DAY_MS, dayAt, dayOf, periodsOf } from './periods.ts'
import type { Recurrence } from './recurrence.ts'

/** Both ends included. */
export type WallSpan = { readonly fromMs: number; readonly toMs: number }

type Order = 1 | -1

/** Those within a span; the last of them first where the order is -1. */
export type WallTimes = (span: WallSpan, order: Order) => Iterable<number>

/** These times and no others; they are in order. */
export const listed =
  (times: readonly number[]): WallTimes =>
  (span, order) =>
    ordered(times, order).filter((ms) => isWithin(span, ms))

/** The times of a rule, but for its COUNT, from the first on; that is one of them only where the rule means it. */
export function recurring(rule: Recurrence, firstMs: number): WallTimes {
  const periods = periodsOf(rule)
  const firstPeriod = periods.of(dayOf(dayAt(firstMs)))
  const timesIn = timesInPeriod(rule, firstMs)
  const turnOf = (ms: number): number => (periods.of(dayOf(dayAt(ms))) - firstPeriod) / rule.interval
  return function* (asked, order) {
    const span = { fromMs: Math.max(asked.fromMs, firstMs), toMs: Math.min(asked.toMs, rule.untilMs) }
    const turns = [Math.ceil(turnOf(span.fromMs)), Math.floor(turnOf(span.toMs))] as const
    const [from, to] = order === 1 ? turns : [-turns[1], -turns[0]]
    for (let turn = from; turn <= to; turn++)
      yield* timesIn(firstPeriod + order * turn * rule.interval, { span, order })
  }
}

type Asked = { readonly span: WallSpan; readonly order: Order }

function timesInPeriod(
  rule: Recurrence,
  firstMs: number,
): (period: number, asked: Asked) => Iterable<number> {
  const clocks = clocksOf(rule, firstMs)
  const daysOf = rememberingLast(daysOfPeriod(rule, firstMs))
  return function* (period, { span, order }) {
    const days = daysOf(period)
    if (rule.positions.length > 0) {
      const chosen = positioned(rule.positions, days, clocks)
      yield* ordered(chosen, order).filter((ms) => isWithin(span, ms))
      return
    }
    const near = days.filter((day) => dayAt(span.fromMs) <= day && day <= dayAt(span.toMs))
    for (const day of ordered(near, order))
      for (const clock of ordered(clocks, order))
        if (isWithin(span, day * DAY_MS + clock)) yield day * DAY_MS + clock
  }
}

function daysOfPeriod(rule: Recurrence, firstMs: number): (period: number) => number[] {
  const { firstDay } = periodsOf(rule)
  const isMeant = dayTestOf(rule, dayOf(dayAt(firstMs)))
  return (period) => {
    const days: number[] = []
    for (let day = firstDay(period); day < firstDay(period + 1); day++)
      if (isMeant(dayOf(day))) days.push(day)
    return days
  }
}

// One period has many times.
function rememberingLast<T>(find: (period: number) => T): (period: number) => T {
  let last: { readonly period: number; readonly found: T } | undefined
  return (period) => {
    if (last?.period !== period) last = { period, found: find(period) }
    return last.found
  }
}

const MINUTE_MS = 60_000

function clocksOf({ hours, minutes }: Recurrence, firstMs: number): number[] {
  const first = new Date(firstMs)
  const ofDay = (given: readonly number[], own: number): readonly number[] =>
    given.length > 0 ? given : [own]
  const beyondMs = firstMs - Math.floor(firstMs / MINUTE_MS) * MINUTE_MS
  return ofDay(hours, first.getUTCHours()).flatMap((hour) =>
    ofDay(minutes, first.getUTCMinutes()).map((minute) => (hour * 60 + minute) * MINUTE_MS + beyondMs),
  )
}

function positioned(
  positions: readonly number[],
  days: readonly number[],
  clocks: readonly number[],
): number[] {
  const length = days.length * clocks.length
  const indexes = new Set(positions.map((n) => (n > 0 ? n - 1 : length + n)))
  return [...indexes]
    .toSorted((a, b) => a - b)
    .flatMap((i) => {
      const [day, clock] = [days[Math.floor(i / clocks.length)], clocks[i % clocks.length]]
      return day === undefined || clock === undefined ? [] : [day * DAY_MS + clock]
    })
}

const isWithin = ({ fromMs, toMs }: WallSpan, ms: number): boolean => fromMs <= ms && ms <= toMs

const ordered = (times: readonly number[], order: Order): readonly number[] =>
  order === 1 ? times : times.toReversed()
