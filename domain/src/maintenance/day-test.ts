// Whether a recurrence rule means a day: all that it says has to hold, and what it leaves open is as on the first day.

import { MONTHS, weekYears, YEARS, type Day, type Periods } from './periods.ts'
import type { Recurrence, WeekdayPart } from './recurrence.ts'

/** Says of each day whether the rule means it, whatever its interval and positions. */
export function dayTestOf(rule: Recurrence, first: Day): (day: Day) => boolean {
  const { weekdays, months, monthDays, yearDays, weeks, weekStart } = complete(rule, first)
  const counted = rule.frequency === 'MONTHLY' || rule.months.length > 0 ? MONTHS : YEARS
  const weekYear = weekYears(weekStart)
  return (day) =>
    (months.length === 0 || months.includes(day.month)) &&
    (weekdays.length === 0 || weekdays.some((each) => isWeekday(each, day, counted))) &&
    (monthDays.length === 0 || isAmong(monthDays, placeIn(MONTHS, day))) &&
    (yearDays.length === 0 || isAmong(yearDays, placeIn(YEARS, day))) &&
    (weeks.length === 0 || isAmong(weeks, inWeeks(placeIn(weekYear, day))))
}

function complete(rule: Recurrence, { weekday, month, ofMonth }: Day): Recurrence {
  const { frequency, weekdays, months, monthDays, yearDays, weeks } = rule
  if (frequency === 'DAILY' || weekdays.length + monthDays.length + yearDays.length > 0) return rule
  if (frequency === 'WEEKLY' || weeks.length > 0) return { ...rule, weekdays: [{ weekday, nth: undefined }] }
  const isOpen = frequency === 'YEARLY' && months.length === 0
  return { ...rule, monthDays: [ofMonth], months: isOpen ? [month] : months }
}

type Place = { readonly index: number; readonly length: number }

function placeIn({ of, firstDay }: Periods, day: Day): Place {
  const period = of(day)
  const first = firstDay(period)
  return { index: day.number - first, length: firstDay(period + 1) - first }
}

const inWeeks = ({ index, length }: Place): Place => ({ index: Math.floor(index / 7), length: length / 7 })

/** Counted from 1, or from the end from -1. */
const isAmong = (numbers: readonly number[], { index, length }: Place): boolean =>
  numbers.includes(index + 1) || numbers.includes(index - length)

function isWeekday({ weekday, nth }: WeekdayPart, day: Day, counted: Periods): boolean {
  if (weekday !== day.weekday || nth === undefined) return weekday === day.weekday
  const { index, length } = placeIn(counted, day)
  return nth > 0 ? nth === Math.floor(index / 7) + 1 : nth === -Math.floor((length - 1 - index) / 7) - 1
}
