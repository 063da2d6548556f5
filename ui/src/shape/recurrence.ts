// Recurrence rules (RFC 5545) as a form, and in human words. What the form cannot say stays as it is written.

import type { Messages } from '../i18n/en.ts'
import { dateFormat } from './formatters.ts'

export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Weekday = (typeof WEEKDAYS)[number]
export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

export type Recurrence =
  | { readonly kind: 'once' }
  | {
      readonly kind: 'simple'
      readonly frequency: Frequency
      readonly interval: number
      /** Of a week. */
      readonly days: readonly Weekday[]
      /** Last day, `2026-12-31`; empty: for good. */
      readonly until: string
    }
  | { readonly kind: 'custom'; readonly rule: string }

const FREQUENCIES: readonly Frequency[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']

const partsOf = (rule: string): Map<string, string> =>
  new Map(
    rule
      .replace(/^RRULE:/i, '')
      .toUpperCase()
      .split(';')
      .map((part) => part.split('=') as [string, string]),
  )

/** The rule as the form shows it. */
export function recurrenceOf(rule: string): Recurrence {
  if (rule.trim() === '') return { kind: 'once' }
  const parts = partsOf(rule)
  const frequency = FREQUENCIES.find((word) => word === parts.get('FREQ'))
  const days = (parts.get('BYDAY') ?? '').split(',').filter((day) => day !== '')
  const until = /^(\d{4})(\d\d)(\d\d)$/.exec(parts.get('UNTIL') ?? '')
  const known = [...parts.keys()].every((name) => ['FREQ', 'INTERVAL', 'BYDAY', 'UNTIL'].includes(name))
  const plainDays = days.every(isWeekday) && (days.length === 0 || frequency === 'WEEKLY')
  if (!frequency || !known || !plainDays || (parts.has('UNTIL') && !until)) return { kind: 'custom', rule }
  return {
    kind: 'simple',
    frequency,
    interval: Number(parts.get('INTERVAL') ?? 1),
    days: WEEKDAYS.filter((day) => days.includes(day)),
    until: until ? `${until[1]}-${until[2]}-${until[3]}` : '',
  }
}

const isWeekday = (word: string): word is Weekday => WEEKDAYS.some((day) => day === word)

/** The rule that the form makes; empty: once. */
export function recurrenceRule(recurrence: Recurrence): string {
  if (recurrence.kind === 'once') return ''
  if (recurrence.kind === 'custom') return recurrence.rule.trim()
  const { frequency, interval, days, until } = recurrence
  return [
    `FREQ=${frequency}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...(frequency === 'WEEKLY' && days.length > 0 ? [`BYDAY=${days.join(',')}`] : []),
    ...(until === '' ? [] : [`UNTIL=${until.replaceAll('-', '')}`]),
  ].join(';')
}

/** Days of the week in the viewer's language. */
export const weekdayName = (day: Weekday, locale: string, width: 'long' | 'short' = 'long'): string =>
  dateFormat(`weekday ${width}`, locale, { weekday: width, timeZone: 'UTC' }).format(
    // 5 January 1970 was a Monday.
    Date.UTC(1970, 0, 5 + WEEKDAYS.indexOf(day)),
  )

const EVERY = {
  DAILY: 'everyDays',
  WEEKLY: 'everyWeeks',
  MONTHLY: 'everyMonths',
  YEARLY: 'everyYears',
} as const
const ORDINALS: Readonly<Record<string, keyof Messages>> = {
  1: 'nthFirst',
  2: 'nthSecond',
  3: 'nthThird',
  4: 'nthFourth',
  5: 'nthFifth',
  '-1': 'nthLast',
}

/** `every 2 weeks, on Saturday and Sunday, until 31 Dec 2026`; the rule itself where words fail. */
export function recurrenceText(
  rule: string,
  { t, locale }: { readonly t: Messages; readonly locale: string },
): string {
  if (rule.trim() === '') return t.repeatNone
  const parts = partsOf(rule)
  const frequency = FREQUENCIES.find((word) => word === parts.get('FREQ'))
  const days = dayText(parts.get('BYDAY'), { t, locale })
  const known = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'UNTIL', 'COUNT']
  if (!frequency || days === undefined || ![...parts.keys()].every((name) => known.includes(name)))
    return rule
  const said = [t[EVERY[frequency]](parts.get('INTERVAL') ?? '1')]
  if (days !== '') said.push(t.onDays(days))
  const monthDays = parts.get('BYMONTHDAY')
  if (monthDays) said.push(t.onMonthDays(listOf(monthDays.split(','), locale)))
  const until = untilText(parts.get('UNTIL'), locale)
  if (until) said.push(t.untilDay(until))
  const count = parts.get('COUNT')
  if (count) said.push(t.timesInAll(count))
  return said.join(', ')
}

const listOf = (words: readonly string[], locale: string): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(words)

function dayText(
  byDay: string | undefined,
  { t, locale }: { t: Messages; locale: string },
): string | undefined {
  if (!byDay) return ''
  const names = byDay.split(',').map((word) => {
    const [, nth = '', day = ''] = /^([+-]?\d+)?([A-Z]{2})$/.exec(word) ?? []
    if (!isWeekday(day)) return undefined
    const name = weekdayName(day, locale)
    if (nth === '') return name
    const ordinal = ORDINALS[nth.replace('+', '')]
    const said = ordinal === undefined ? undefined : t[ordinal]
    return typeof said === 'string' ? t.nthWeekday(said, name) : undefined
  })
  return names.every((name) => name !== undefined) ? listOf(names, locale) : undefined
}

function untilText(until: string | undefined, locale: string): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)/.exec(until ?? '') ?? []
  if (!year || !month || !day) return undefined
  return dateFormat('day of year', locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(Date.UTC(Number(year), Number(month) - 1, Number(day)))
}
