import { create } from '@bufbuild/protobuf'
import { ActiveHoursSchema, type ActiveHours } from '@secumon/contracts/gen/escalation'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkActiveHours, hoursAt, isWithin } from './active-hours.ts'

const WEEKDAYS = [1, 2, 3, 4, 5]
const hours = (
  days: number[],
  fromMinute: number,
  untilMinute: number,
  timeZone = 'Europe/Paris',
): ActiveHours => create(ActiveHoursSchema, { timeZone, hours: [{ days, fromMinute, untilMinute }] })
const office = hours(WEEKDAYS, 9 * 60, 18 * 60)
const night = hours(WEEKDAYS, 22 * 60, 6 * 60)

const cases: [string, ActiveHours, string, boolean, string][] = [
  ['Monday morning', office, '2026-11-23T08:00:00Z', true, '2026-11-23T17:00:00Z'],
  ['Friday evening waits for Monday', office, '2026-11-20T17:00:00Z', false, '2026-11-23T08:00:00Z'],
  ['the week in which the clocks change', office, '2026-03-27T17:00:00Z', false, '2026-03-30T07:00:00Z'],
  ['past midnight', night, '2026-11-24T01:00:00Z', true, '2026-11-24T05:00:00Z'],
  ['Friday’s night ends on Saturday', night, '2026-11-21T04:59:00Z', true, '2026-11-21T05:00:00Z'],
  ['and Saturday has none', night, '2026-11-21T23:00:00Z', false, '2026-11-23T21:00:00Z'],
]
for (const [name, activeHours, at, active, until] of cases)
  test(name, () => {
    const found = hoursAt(activeHours, Date.parse(at))
    assert.equal(found.active, active)
    assert.equal(new Date(found.untilMs).toISOString(), until.replace('Z', '.000Z'))
  })

test('hours that are always never change', () => {
  const always = hours([1, 2, 3, 4, 5, 6, 7], 0, 1440)
  assert.deepEqual(hoursAt(always, Date.parse('2026-03-29T00:30:00Z')), { active: true, untilMs: Infinity })
  assert.deepEqual(hoursAt(undefined, 0), { active: true, untilMs: Infinity })
})

const ZONES = ['Europe/Paris', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'UTC']
const YEAR_MS = 366 * 86_400_000
const anyHours = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc.integer({ min: 0, max: 95 }),
    length: fc.integer({ min: 1, max: 95 }),
  })
  .map(({ timeZone, days, from, length }) => hours(days, from * 15, ((from + length) % 96) * 15, timeZone))

test('what is said to hold until a moment holds at every quarter of an hour before it, and not at it', () => {
  fc.assert(
    fc.property(anyHours, fc.integer({ min: 0, max: YEAR_MS }), (activeHours, offsetMs) => {
      const atMs = Date.UTC(2026, 0, 1) + offsetMs
      const { active, untilMs } = hoursAt(activeHours, atMs)
      const step = 15 * 60_000
      for (let ms = atMs; ms < Math.min(untilMs, atMs + 9 * 86_400_000); ms += step)
        assert.equal(isWithin(activeHours, ms), active, new Date(ms).toISOString())
      if (untilMs !== Infinity) assert.equal(isWithin(activeHours, untilMs), !active)
    }),
    { numRuns: 30 },
  )
})

test('hours that cannot be are refused with the reason', () => {
  assert.throws(() => checkActiveHours(hours(WEEKDAYS, 0, 60, 'Mars/Olympus')), /not a time zone/)
  assert.throws(() => checkActiveHours(hours([0], 0, 60)), /1 \(Monday\)/)
  assert.throws(() => checkActiveHours(hours(WEEKDAYS, 60, 60)), /whole day/)
  assert.throws(() => checkActiveHours(hours(WEEKDAYS, 0, 1441)), /0 to 1440/)
  assert.throws(() => checkActiveHours(create(ActiveHoursSchema, { timeZone: 'UTC' })), /need hours/)
})
