// Days of the Gregorian calendar, numbered from 1970-01-01, and the periods that recurrence rules divide them into.

import type { Recurrence } from './recurrence.ts'

export const DAY_MS = 24 * 3_600_000

/** The day of a time on the wall. */
export const dayAt = (wallMs: number): number => Math.floor(wallMs / DAY_MS)

export type Day = {
  readonly number: number
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly ofMonth: number
  /** 0 (Monday) to 6. */
  readonly weekday: number
}

export function dayOf(number: number): Day {
  const date = new Date(number * DAY_MS)
  return {
    number,
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    ofMonth: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
  }
}

/** Periods one after the other: each goes from its first day to before that of the next. */
export type Periods = {
  readonly of: (day: Day) => number
  readonly firstDay: (period: number) => number
}

// The Date setter takes a month beyond December as one of a later year.
const firstOfMonth = (year: number, month: number): number =>
  new Date(0).setUTCFullYear(year, month - 1, 1) / DAY_MS

export const MONTHS: Periods = {
  of: ({ year, month }) => year * 12 + month,
  firstDay: (period) => firstOfMonth(0, period),
}

export const YEARS: Periods = {
  of: ({ year }) => year,
  firstDay: (year) => firstOfMonth(year, 1),
}

const DAYS: Periods = { of: ({ number }) => number, firstDay: (number) => number }

// 1970-01-05 was a Monday.
const weeksFrom = (weekStart: number): Periods => ({
  of: ({ number }) => Math.floor((number - 4 - weekStart) / 7),
  firstDay: (week) => week * 7 + 4 + weekStart,
})

/** Years of whole weeks: the first week of each has four days at least in that year. */
export function weekYears(weekStart: number): Periods {
  const weeks = weeksFrom(weekStart)
  const firstDay = (year: number): number => weeks.firstDay(weeks.of(dayOf(YEARS.firstDay(year) + 3)))
  const of = ({ number, year }: Day): number =>
    [year + 1, year].find((each) => firstDay(each) <= number) ?? year - 1
  return { of, firstDay }
}

/** What INTERVAL counts and BYSETPOS chooses from. */
export function periodsOf({ frequency, weekStart, weeks }: Recurrence): Periods {
  switch (frequency) {
    case 'DAILY':
      return DAYS
    case 'WEEKLY':
      return weeksFrom(weekStart)
    case 'MONTHLY':
      return MONTHS
    case 'YEARLY':
      return weeks.length > 0 ? weekYears(weekStart) : YEARS
  }
}
