import { create } from '@bufbuild/protobuf'
import { MaintenanceSpecSchema, type MaintenanceSpec } from '@secumon/contracts/gen/muting'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { keptOccurrences } from './kept-occurrences.ts'
import { occurrencesOf } from './occurrences.ts'
import { parseRecurrence } from './recurrence.ts'
import { recurring } from './recurring.ts'
import { validMaintenance } from './validate.ts'

const timesOf = (startsAt: string, rule: string, many: number): string[] => {
  const firstMs = Date.parse(`${startsAt}T09:00:00Z`)
  const times = recurring(parseRecurrence(rule, 'UTC'), firstMs)
  const span = { fromMs: firstMs, toMs: firstMs + 60 * 366 * DAY_MS }
  return [...times(span, 1)].slice(0, many).map((ms) => new Date(ms).toISOString().slice(0, 10))
}

const DAY_MS = 24 * 3_600_000

// Most are those of RFC 5545, 3.8.5.3.
const rules: [string, string, string, string][] = [
  ['every other day', '1997-09-02', 'FREQ=DAILY;INTERVAL=2', '1997-09-02 1997-09-04 1997-09-06'],
  ['each day in January', '1998-01-30', 'FREQ=DAILY;BYMONTH=1', '1998-01-30 1998-01-31 1999-01-01'],
  ['every other week, of weeks from Monday', '1997-08-05', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO', '1997-08-05 1997-08-10 1997-08-19 1997-08-24'],
  ['every other week, of weeks from Sunday', '1997-08-05', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU', '1997-08-05 1997-08-17 1997-08-19 1997-08-31'],
  ['the first and the last Sunday of every other month', '1997-09-07', 'FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU', '1997-09-07 1997-09-28 1997-11-02 1997-11-30'],
  ['the third last day of the month', '1997-09-28', 'FREQ=MONTHLY;BYMONTHDAY=-3', '1997-09-28 1997-10-29 1997-11-28'],
  ['each Friday the 13th', '1997-09-02', 'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '1998-02-13 1998-03-13 1998-11-13 1999-08-13'],
  ['the Saturday after the first Sunday', '1997-09-13', 'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13', '1997-09-13 1997-10-11 1997-11-08'],
  ['the last but one working day', '1997-09-29', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2', '1997-09-29 1997-10-30 1997-11-27'],
  ['the 20th Monday of the year', '1997-05-19', 'FREQ=YEARLY;BYDAY=20MO', '1997-05-19 1998-05-18 1999-05-17'],
  ['Monday of week 20', '1997-05-12', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '1997-05-12 1998-05-11 1999-05-17'],
  ['week 1, that may begin in December', '2024-12-30', 'FREQ=YEARLY;BYWEEKNO=1', '2024-12-30 2025-12-29 2027-01-04'],
  ['each Thursday in March', '1997-03-13', 'FREQ=YEARLY;BYMONTH=3;BYDAY=TH', '1997-03-13 1997-03-20 1997-03-27 1998-03-05'],
  ['days of the year, every third year', '1997-01-01', 'FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200', '1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09'],
  ['Tuesday after the first Monday in November, every fourth year', '1996-11-05', 'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8', '1996-11-05 2000-11-07 2004-11-02'],
  ['the day that it begins on', '2024-02-29', 'FREQ=YEARLY', '2024-02-29 2028-02-29'],
  ['that day of some months', '1997-06-10', 'FREQ=YEARLY;BYMONTH=6,7', '1997-06-10 1997-07-10 1998-06-10'],
  ['a rare day', '2000-01-01', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU', '2004-02-29 2032-02-29'],
  ['what cannot be', '2000-01-01', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', ''],
] // prettier-ignore
for (const [name, startsAt, rule, expected] of rules)
  test(name, () => {
    const dates = expected === '' ? [] : expected.split(' ')
    assert.deepEqual(timesOf(startsAt, rule, Math.max(1, dates.length)), dates)
  })

const plan = (recurrence: string, changes: object = {}): MaintenanceSpec =>
  create(MaintenanceSpecSchema, {
    name: 'patch night',
    timeZone: 'Europe/Paris',
    startsAt: '2000-01-01T02:00:00',
    durationMs: 7_200_000,
    recurrence,
    ...changes,
  })

const numbersFrom = (from: number, to: number) =>
  fc.array(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 3 }).map((list) => list.join(','))
const weekday = fc
  .tuple(fc.constantFrom('', '', '', '1', '-1', '2', '5', '-53'), fc.constantFrom('MO', 'WE', 'FR', 'SU'))
  .map((parts) => parts.join(''))

// Some beyond what is allowed, so that both answers come.
const PARTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  INTERVAL: fc.integer({ min: 0, max: 60 }).map(String),
  COUNT: fc.constantFrom('0', '1', '10', '500'),
  UNTIL: fc.constantFrom('20250101', '20300101T000000Z'),
  WKST: fc.constantFrom('MO', 'SU', 'WE'),
  BYDAY: fc.array(weekday, { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  BYMONTHDAY: numbersFrom(-32, 32),
  BYMONTH: numbersFrom(1, 13),
  BYYEARDAY: numbersFrom(-367, 367),
  BYWEEKNO: numbersFrom(-53, 54),
  BYSETPOS: numbersFrom(-5, 5),
  BYHOUR: numbersFrom(0, 24),
  BYMINUTE: numbersFrom(0, 59),
}
const someRule = fc
  .tuple(
    fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    fc
      .subarray(Object.entries(PARTS), { maxLength: 4 })
      .chain((parts) => fc.tuple(...parts.map(([name, value]) => value.map((text) => `${name}=${text}`)))),
  )
  .map(([frequency, parts]) => [`FREQ=${frequency}`, ...parts].join(';'))
const someBeginning = fc.constantFrom(
  '0001-01-01T00:00:00',
  '1990-02-28T02:00:00',
  '2024-02-29T02:30:00',
  '2026-11-23T23:59:59',
  '9999-12-31T23:59:59',
)

test('a rule is refused with the reason, or answers about each moment of 50 years, alike in both directions', () => {
  let accepted = 0
  fc.assert(
    fc.property(
      someRule,
      someBeginning,
      fc.constantFrom('Europe/Paris', 'America/Santiago', 'Pacific/Apia'),
      fc.array(fc.integer({ min: 0, max: 50 * 366 }), { minLength: 5, maxLength: 5 }),
      (recurrence, startsAt, timeZone, days) => {
        const spec = plan(recurrence, { startsAt, timeZone })
        try {
          validMaintenance(spec)
        } catch (error) {
          assert.ok(error instanceof Rejected, String(error))
          return
        }
        accepted++
        const { at, after, between } = occurrencesOf(spec)
        for (const day of days) {
          const atMs = Date.UTC(2026, 10, 22, 2, 30) + day * DAY_MS
          const [now, next] = [at(atMs), after(atMs)]
          if (now) assert.ok(now.fromMs <= atMs && atMs < now.untilMs)
          if (!next) continue
          assert.ok(next.fromMs > atMs)
          assert.deepEqual(between(next.fromMs, next.fromMs + 1, 5), [next])
          assert.deepEqual(at(next.fromMs), next)
        }
      },
    ),
    { numRuns: 300, seed: 5545 },
  )
  assert.ok(accepted > 50, `${accepted} rules were accepted`)
})

test('a plan that is kept and cannot be computed has no windows and says why', () => {
  const cases: [MaintenanceSpec, RegExp][] = [
    [plan('FREQ=HOURLY'), /FREQ=DAILY/],
    [plan('FREQ=DAILY', { timeZone: 'Mars/Olympus' }), /not a time zone/],
    [plan('FREQ=DAILY', { startsAt: 'monday' }), /not a wall-clock time/],
  ]
  for (const [spec, reason] of cases) {
    const { at, after, between, problem } = keptOccurrences(spec)
    const nowMs = Date.UTC(2026, 10, 22)
    assert.deepEqual([at(nowMs), after(nowMs), between(nowMs, nowMs + DAY_MS, 5)], [undefined, undefined, []])
    assert.match(problem(), reason)
  }
})

test('what fails only when it is asked is contained as well', () => {
  const kept = keptOccurrences(plan('FREQ=DAILY'))
  assert.equal(kept.problem(), '')
  assert.equal(kept.after(Number.NaN), undefined)
  assert.notEqual(kept.problem(), '')
  assert.equal(kept.at(Date.UTC(2026, 10, 22, 2)), undefined)
})
