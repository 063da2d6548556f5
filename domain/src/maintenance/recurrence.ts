// Recurrence rules (RFC 5545, 3.3.10) as they are written: read once, every part checked, and refused with the part named.
// Windows come by the day, so the frequencies below it, and BYSECOND, are none here.

import { instantOf, parseWallClock, wallClockAt } from '../calendar/zone.ts'
import { Rejected } from '../rejected.ts'

const MAX_RULE_LENGTH = 500
/** Of a day: each quarter of an hour. */
const MAX_TIMES = 96
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

export type Frequency = (typeof FREQUENCIES)[number]

/** A day of the week, 0 (Monday) to 6; with `nth` only that one of its month or year, from the end where negative. */
export type WeekdayPart = { readonly weekday: number; readonly nth: number | undefined }

/** What a rule says; a list is empty where it says nothing. */
export type Recurrence = {
  readonly frequency: Frequency
  readonly interval: number
  readonly count: number | undefined
  /** On the wall, that moment included; Infinity without. */
  readonly untilMs: number
  /** 0 (Monday) to 6. */
  readonly weekStart: number
  readonly weekdays: readonly WeekdayPart[]
  readonly months: readonly number[]
  readonly monthDays: readonly number[]
  readonly yearDays: readonly number[]
  readonly weeks: readonly number[]
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly positions: readonly number[]
}

type Parts = ReadonlyMap<string, string>

/**
 * @param zone of an UNTIL in UTC, as the RFC wants it beside a zone
 * @throws Rejected `invalid` with the part that cannot be
 */
export function parseRecurrence(rule: string, zone: string): Recurrence {
  const parts = partsOf(rule)
  const frequency = FREQUENCIES.find((known) => known === parts.get('FREQ'))
  if (!frequency) throw new Rejected('invalid', 'a recurrence is FREQ=DAILY, WEEKLY, MONTHLY or YEARLY')
  const numbers = (name: NumberPart): number[] => numbersOf(name, parts.get(name))
  const recurrence = {
    frequency,
    interval: numbers('INTERVAL')[0] ?? 1,
    count: numbers('COUNT')[0],
    untilMs: untilOf(parts.get('UNTIL'), zone),
    weekStart: weekdayOf('WKST', parts.get('WKST') ?? 'MO'),
    weekdays: parts.get('BYDAY')?.split(',').map(weekdayPartOf) ?? [],
    months: numbers('BYMONTH'),
    monthDays: numbers('BYMONTHDAY'),
    yearDays: numbers('BYYEARDAY'),
    weeks: numbers('BYWEEKNO'),
    hours: numbers('BYHOUR'),
    minutes: numbers('BYMINUTE'),
    positions: numbers('BYSETPOS'),
  }
  checkTogether(parts, recurrence)
  return recurrence
}

type Range = {
  readonly from: number
  readonly to: number
  /** The same counted from the end. */
  readonly isSigned?: boolean
  readonly isOne?: boolean
}

const NUMBERS = {
  INTERVAL: { from: 1, to: 10_000, isOne: true },
  COUNT: { from: 1, to: 500, isOne: true },
  BYMONTH: { from: 1, to: 12 },
  BYMONTHDAY: { from: 1, to: 31, isSigned: true },
  BYYEARDAY: { from: 1, to: 366, isSigned: true },
  BYWEEKNO: { from: 1, to: 53, isSigned: true },
  BYHOUR: { from: 0, to: 23 },
  BYMINUTE: { from: 0, to: 59 },
  BYSETPOS: { from: 1, to: 366, isSigned: true },
} satisfies Record<string, Range>

type NumberPart = keyof typeof NUMBERS

const PARTS = new Set(['FREQ', 'UNTIL', 'WKST', 'BYDAY', ...Object.keys(NUMBERS)])

function partsOf(rule: string): Parts {
  if (rule.length > MAX_RULE_LENGTH)
    throw new Rejected('invalid', `a recurrence rule has at most ${MAX_RULE_LENGTH} characters`)
  const parts = new Map<string, string>()
  for (const part of rule.toUpperCase().split(';')) {
    const [name = '', value = '', ...rest] = part.split('=')
    if (!PARTS.has(name) || value === '' || rest.length > 0 || parts.has(name))
      throw new Rejected('invalid', `not a part of a recurrence rule: ${quoted(part)}`)
    parts.set(name, value)
  }
  return parts
}

// In order, each once.
function numbersOf(name: NumberPart, text: string | undefined): number[] {
  const { from, to, isSigned = false, isOne = false }: Range = NUMBERS[name]
  const texts = text?.split(',') ?? []
  const numbers = texts.map(Number)
  const isWithin = (n: number): boolean => from <= n && n <= to
  const areAll = texts.every(
    (each, i) => INTEGER.test(each) && isWithin(isSigned ? Math.abs(numbers[i] ?? 0) : (numbers[i] ?? 0)),
  )
  if (!areAll || (isOne && texts.length > 1))
    throw new Rejected(
      'invalid',
      `${name} is ${from} to ${to}${isSigned ? `, or -${to} to -${from}` : ''}, not ${quoted(text ?? '')}`,
    )
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

const INTEGER = /^[+-]?\d{1,6}$/

function weekdayOf(name: string, text: string): number {
  const weekday = WEEKDAYS.indexOf(text)
  if (weekday < 0) throw new Rejected('invalid', `${name} names ${WEEKDAYS.join(', ')}, not ${quoted(text)}`)
  return weekday
}

function weekdayPartOf(text: string): WeekdayPart {
  const [, nth, day = text] = /^([+-]?\d{1,2})(\w+)$/.exec(text) ?? []
  const weekday = weekdayOf('BYDAY', day)
  if (nth === undefined) return { weekday, nth: undefined }
  const size = Math.abs(Number(nth))
  if (size < 1 || size > 53)
    throw new Rejected('invalid', `BYDAY counts days from 1 to 53, not ${quoted(text)}`)
  return { weekday, nth: Number(nth) }
}

const UNTIL = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/

// In UTC, or without the Z by the clock on the wall; a day alone is the whole day.
function untilOf(text: string | undefined, zone: string): number {
  if (text === undefined) return Infinity
  const [, year, month, day, hour = '23', minute = '59', second = '59', utc] = UNTIL.exec(text) ?? []
  const wall = parseWallClock(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
  if (!wall)
    throw new Rejected('invalid', `UNTIL is a day or a time as 20261122T020000Z, not ${quoted(text)}`)
  const ms = instantOf(wall, 'UTC')
  return utc === 'Z' ? instantOf(wallClockAt(ms, zone), 'UTC') : ms
}

const ONLY: Readonly<Record<string, readonly Frequency[]>> = {
  BYWEEKNO: ['YEARLY'],
  BYYEARDAY: ['YEARLY'],
  BYMONTHDAY: ['DAILY', 'MONTHLY', 'YEARLY'],
}

function checkTogether(parts: Parts, { frequency, weekdays, hours, minutes }: Recurrence): void {
  for (const [name, frequencies] of Object.entries(ONLY))
    if (parts.has(name) && !frequencies.includes(frequency))
      throw new Rejected('invalid', `${name} is no part of FREQ=${frequency}`)
  const counts = frequency === 'MONTHLY' || (frequency === 'YEARLY' && !parts.has('BYWEEKNO'))
  if (!counts && weekdays.some(({ nth }) => nth !== undefined))
    throw new Rejected(
      'invalid',
      'BYDAY counts days of a month or a year: FREQ=MONTHLY, or YEARLY without BYWEEKNO',
    )
  if (Math.max(1, hours.length) * Math.max(1, minutes.length) > MAX_TIMES)
    throw new Rejected('invalid', `BYHOUR and BYMINUTE together are at most ${MAX_TIMES} times a day`)
  if (parts.has('COUNT') && parts.has('UNTIL'))
    throw new Rejected('invalid', 'a recurrence ends by COUNT or by UNTIL, not by both')
  if (
    parts.has('BYSETPOS') &&
    ![...parts.keys()].some((name) => name.startsWith('BY') && name !== 'BYSETPOS')
  )
    throw new Rejected('invalid', 'BYSETPOS chooses from what another part such as BYDAY says')
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80))
