import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { parseRecurrence } from './recurrence.ts'

const numbers = (length: number): string => Array.from({ length }, (_, i) => i).join(',')

const refusals: [string, RegExp][] = [
  ['FREQ=HOURLY', /FREQ=DAILY, WEEKLY, MONTHLY or YEARLY/],
  ['BYDAY=MO', /FREQ=DAILY, WEEKLY, MONTHLY or YEARLY/],
  ['FREQ=DAILY;BYSECOND=5', /not a part of a recurrence rule: "BYSECOND=5"/],
  ['FREQ=DAILY;BYHOUR', /not a part/],
  ['FREQ=DAILY;BYHOUR=', /not a part/],
  ['FREQ=DAILY;BYHOUR=1;BYHOUR=2', /not a part.*"BYHOUR=2"/],
  ['FREQ=DAILY;INTERVAL=0', /INTERVAL is 1 to 10000, not "0"/],
  ['FREQ=DAILY;INTERVAL=1.5', /INTERVAL is 1 to 10000, not "1.5"/],
  ['FREQ=DAILY;INTERVAL=2,3', /INTERVAL is 1 to 10000/],
  ['FREQ=DAILY;COUNT=501', /COUNT is 1 to 500/],
  ['FREQ=DAILY;COUNT=1E2', /COUNT is 1 to 500/],
  ['FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z', /by COUNT or by UNTIL/],
  ['FREQ=DAILY;UNTIL=20261399', /UNTIL is a day or a time/],
  ['FREQ=DAILY;UNTIL=2026-12-01', /UNTIL is a day or a time/],
  ['FREQ=DAILY;WKST=XX', /WKST names MO/],
  ['FREQ=DAILY;BYHOUR=24', /BYHOUR is 0 to 23, not "24"/],
  ['FREQ=DAILY;BYMINUTE=-1', /BYMINUTE is 0 to 59/],
  [`FREQ=DAILY;BYHOUR=1,2;BYMINUTE=${numbers(60)}`, /at most 96 times a day/],
  ['FREQ=DAILY;BYMONTH=13', /BYMONTH is 1 to 12/],
  ['FREQ=DAILY;BYMONTH=1,', /BYMONTH is 1 to 12/],
  ['FREQ=DAILY;BYMONTHDAY=99', /BYMONTHDAY is 1 to 31, or -31 to -1, not "99"/],
  ['FREQ=DAILY;BYMONTHDAY=0', /BYMONTHDAY is/],
  ['FREQ=WEEKLY;BYMONTHDAY=1', /BYMONTHDAY is no part of FREQ=WEEKLY/],
  ['FREQ=YEARLY;BYYEARDAY=-367', /BYYEARDAY is/],
  ['FREQ=MONTHLY;BYYEARDAY=1', /BYYEARDAY is no part of FREQ=MONTHLY/],
  ['FREQ=YEARLY;BYWEEKNO=54', /BYWEEKNO is/],
  ['FREQ=DAILY;BYWEEKNO=1', /BYWEEKNO is no part of FREQ=DAILY/],
  ['FREQ=WEEKLY;BYDAY=XX', /BYDAY names MO, TU, WE, TH, FR, SA, SU, not "XX"/],
  ['FREQ=MONTHLY;BYDAY=0MO', /BYDAY counts days from 1 to 53/],
  ['FREQ=WEEKLY;BYDAY=1MO', /BYDAY counts days of a month or a year/],
  ['FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO', /BYDAY counts days of a month or a year/],
  ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367', /BYSETPOS is/],
  ['FREQ=MONTHLY;BYSETPOS=1', /BYSETPOS chooses from what another part/],
  [`FREQ=DAILY;BYMINUTE=${numbers(400)}`, /at most 500 characters/],
]
for (const [rule, reason] of refusals)
  test(`refused: ${rule.slice(0, 60)}`, () =>
    assert.throws(
      () => parseRecurrence(rule, 'UTC'),
      (error) => error instanceof Rejected && error.code === 'invalid' && reason.test(error.message),
    ))

test('lists are read in order and each number once; what is not said is empty', () => {
  const rule = parseRecurrence('freq=monthly;bymonthday=+15,-1,15;byday=mo,-1fr;byhour=14,02', 'UTC')
  assert.deepEqual(rule.monthDays, [-1, 15])
  assert.deepEqual(rule.hours, [2, 14])
  assert.deepEqual(rule.weekdays, [
    { weekday: 0, nth: undefined },
    { weekday: 4, nth: -1 },
  ])
  assert.deepEqual([rule.interval, rule.count, rule.untilMs, rule.weekStart], [1, undefined, Infinity, 0])
})
