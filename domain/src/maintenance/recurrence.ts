// Recurrence rules (RFC 5545, 3.3.10) over wall-clock time: they are expanded without a zone, and each time becomes an
// instant afterwards, so that an occurrence keeps its hour over a change of clocks and is not lost in one. That last is
// where it departs from the RFC, which drops a time that is skipped: a window that does not come would page people.

import type { RRuleTemporal } from 'rrule-temporal'
import { RRuleTemporal as Rule } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { instantOf, wallClockAt, type WallClock } from '../calendar/zone.ts'
import { Rejected } from '../rejected.ts'

export const MAX_COUNT = 500
const MAX_RULE_LENGTH = 500
/** Enough for every February 29 of a century; a rule that comes never is found out with it. */
const MAX_ITERATIONS = 4_000
const MAX_CANDIDATES = 20_000

const FREQUENCIES = new Set(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'])
const PARTS = new Set([
  'FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYYEARDAY', 'BYWEEKNO', 'BYSETPOS',
  'BYHOUR', 'BYMINUTE',
]) // prettier-ignore

export type Recurrence = RRuleTemporal<Temporal.ZonedDateTime>

/**
 * The rule with its first wall-clock time, ready to be asked. Its times are to be read without their zone.
 * @throws Rejected `invalid` with the reason when the rule is none
 */
export function recurrenceOf(
  rule: string,
  { startsAt, zone }: { startsAt: WallClock; zone: string },
): Recurrence {
  const parts = partsOf(rule)
  const until = parts.get('UNTIL')
  parts.delete('UNTIL')
  try {
    return new Rule({
      rruleString: [...parts].map(([name, value]) => `${name}=${value}`).join(';'),
      dtstart: floating(startsAt),
      ...(until !== undefined && { until: floating(untilOf(until, zone)) }),
      temporal: Temporal,
      maxIterations: MAX_ITERATIONS,
      maxCandidateEvaluations: MAX_CANDIDATES,
    })
  } catch (error) {
    if (error instanceof Rejected) throw error
    const reason = error instanceof Error ? error.message : 'it cannot be read'
    throw new Rejected('invalid', `not a recurrence rule: ${reason}`, { cause: error })
  }
}

/** A wall-clock time as the rules count it. */
export const floating = (wall: WallClock): Temporal.ZonedDateTime => wall.toZonedDateTime('UTC')

function partsOf(rule: string): Map<string, string> {
  if (rule.length > MAX_RULE_LENGTH)
    throw new Rejected('invalid', `a recurrence rule has at most ${MAX_RULE_LENGTH} characters`)
  const parts = new Map<string, string>()
  for (const part of rule.toUpperCase().split(';')) {
    const [name = '', value = '', ...rest] = part.split('=')
    if (!PARTS.has(name) || value === '' || rest.length > 0 || parts.has(name))
      throw new Rejected('invalid', `not a part of a recurrence rule: ${JSON.stringify(part.slice(0, 80))}`)
    parts.set(name, value)
  }
  checkParts(parts)
  return parts
}

function checkParts(parts: ReadonlyMap<string, string>): void {
  if (!FREQUENCIES.has(parts.get('FREQ') ?? ''))
    throw new Rejected('invalid', 'a recurrence is FREQ=DAILY, WEEKLY, MONTHLY or YEARLY')
  if (parts.has('COUNT') && parts.has('UNTIL'))
    throw new Rejected('invalid', 'a recurrence ends by COUNT or by UNTIL, not by both')
  const count = Number(parts.get('COUNT') ?? 1)
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT)
    throw new Rejected('invalid', `COUNT is 1 to ${MAX_COUNT}: use UNTIL for more`)
}

const UNTIL = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/

// In UTC, as the RFC wants it beside a zone; without the Z it is wall-clock time; a day alone is the whole day.
function untilOf(text: string, zone: string): WallClock {
  const [, year, month, day, hour = '23', minute = '59', second = '59', utc] = UNTIL.exec(text) ?? []
  if (!year || !month || !day) throw new Rejected('invalid', `not an end: UNTIL=${text.slice(0, 40)}`)
  const numbers = { year, month, day, hour, minute, second }
  const fields = Object.fromEntries(Object.entries(numbers).map(([name, digits]) => [name, Number(digits)]))
  const wall = Temporal.PlainDateTime.from(fields as Record<keyof typeof numbers, number>, {
    overflow: 'reject',
  })
  return utc === 'Z' ? wallClockAt(instantOf(wall, 'UTC'), zone) : wall
}
