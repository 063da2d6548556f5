import { create } from '@bufbuild/protobuf'
import { MaintenanceSpecSchema, type MaintenanceSpec } from '@secumon/contracts/gen/muting'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { occurrencesOf } from './occurrences.ts'

const HOUR_MS = 3_600_000
const plan = (timeZone: string, startsAt: string, recurrence = '', hours = 1): MaintenanceSpec =>
  create(MaintenanceSpecSchema, { timeZone, startsAt, recurrence, durationMs: hours * HOUR_MS })

const beginnings = (spec: MaintenanceSpec, from: string, until: string): string[] =>
  occurrencesOf(spec)
    .between(Date.parse(from), Date.parse(until), 100)
    .map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 16))

const daily = (zone: string, startsAt: string): MaintenanceSpec => plan(zone, startsAt, 'FREQ=DAILY')

describe('a window keeps its hour over a change of clocks', () => {
  const cases: [string, MaintenanceSpec, string, string[]][] = [
    ['Paris, spring', daily('Europe/Paris', '2026-03-01T04:00:00'), '2026-03-28', ['03-28T03:00', '03-29T02:00', '03-30T02:00']],
    ['Paris, autumn', daily('Europe/Paris', '2026-10-01T04:00:00'), '2026-10-24', ['10-24T02:00', '10-25T03:00', '10-26T03:00']],
    ['New York, spring', daily('America/New_York', '2026-03-01T04:00:00'), '2026-03-07', ['03-07T09:00', '03-08T08:00', '03-09T08:00']],
    ['New York, autumn', daily('America/New_York', '2026-10-01T04:00:00'), '2026-10-31', ['10-31T08:00', '11-01T09:00', '11-02T09:00']],
    ['Santiago, into summer', daily('America/Santiago', '2026-08-01T04:00:00'), '2026-09-05', ['09-05T08:00', '09-06T07:00', '09-07T07:00']],
    ['Santiago, into winter', daily('America/Santiago', '2026-03-01T04:00:00'), '2026-04-04', ['04-04T07:00', '04-05T08:00', '04-06T08:00']],
    ['an hour that Paris skips comes as much later', daily('Europe/Paris', '2026-03-01T02:30:00'), '2026-03-28', ['03-28T01:30', '03-29T01:30', '03-30T00:30']],
    ['an hour that Paris has twice comes once', daily('Europe/Paris', '2026-10-01T02:30:00'), '2026-10-24', ['10-24T00:30', '10-25T00:30', '10-26T01:30']],
    ['midnight that Santiago skips', daily('America/Santiago', '2026-08-01T00:00:00'), '2026-09-05', ['09-05T04:00', '09-06T04:00', '09-07T03:00']],
  ] // prettier-ignore
  for (const [name, spec, from, expected] of cases)
    test(name, () => {
      const fromMs = Date.parse(from)
      const until = new Date(fromMs + 3 * 24 * HOUR_MS).toISOString()
      const found = beginnings(spec, from, until)
      assert.deepEqual(found, expected.map((at) => `2026-${at}`)) // prettier-ignore
    })
})

describe('recurrences', () => {
  const cases: [string, string, string, string[]][] = [
    ['once', '', '2026-11-30', ['2026-11-22T02:00']],
    ['every Sunday', 'FREQ=WEEKLY;BYDAY=SU', '2026-12-10', ['2026-11-22T02:00', '2026-11-29T02:00', '2026-12-06T02:00']],
    ['every other week', 'FREQ=WEEKLY;INTERVAL=2', '2026-12-10', ['2026-11-22T02:00', '2026-12-06T02:00']],
    ['the last Monday of a month', 'FREQ=MONTHLY;BYDAY=-1MO', '2027-01-01', ['2026-11-30T02:00', '2026-12-28T02:00']],
    ['the first working day', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1', '2027-01-02', ['2026-12-01T02:00', '2027-01-01T02:00']],
    ['the 31st, where there is one', 'FREQ=MONTHLY;BYMONTHDAY=31', '2027-04-01', ['2026-12-31T02:00', '2027-01-31T02:00', '2027-03-31T02:00']],
    ['three times', 'FREQ=DAILY;COUNT=3', '2027-01-01', ['2026-11-22T02:00', '2026-11-23T02:00', '2026-11-24T02:00']],
    ['until a moment, that included', 'FREQ=DAILY;UNTIL=20261123T020000Z', '2027-01-01', ['2026-11-22T02:00', '2026-11-23T02:00']],
    ['until a day, that included', 'FREQ=DAILY;UNTIL=20261123', '2027-01-01', ['2026-11-22T02:00', '2026-11-23T02:00']],
    ['until a wall-clock time', 'FREQ=DAILY;UNTIL=20261123T015959', '2027-01-01', ['2026-11-22T02:00']],
    ['twice a day', 'FREQ=DAILY;BYHOUR=2,14', '2026-11-23', ['2026-11-22T02:00', '2026-11-22T14:00']],
  ] // prettier-ignore
  for (const [name, rule, until, expected] of cases)
    test(name, () =>
      assert.deepEqual(beginnings(plan('UTC', '2026-11-22T02:00:00', rule), '2026-01-01', until), expected),
    )

  test('UNTIL in UTC is compared with the instant, whatever the zone', () => {
    const spec = plan('America/New_York', '2026-11-20T22:00:00', 'FREQ=DAILY;UNTIL=20261122T030000Z')
    assert.deepEqual(beginnings(spec, '2026-11-20', '2027-01-01'), ['2026-11-21T03:00', '2026-11-22T03:00'])
  })
})

test('a window is from its beginning until just before its end; of two that overlap the later one', () => {
  const { at } = occurrencesOf(plan('UTC', '2026-11-22T02:00:00', 'FREQ=DAILY', 30))
  const from = (text: string): string | undefined => {
    const found = at(Date.parse(text))
    return found && new Date(found.fromMs).toISOString()
  }
  assert.equal(from('2026-11-22T01:59:59Z'), undefined)
  assert.equal(from('2026-11-22T02:00:00Z'), '2026-11-22T02:00:00.000Z')
  assert.equal(from('2026-11-23T02:00:00Z'), '2026-11-23T02:00:00.000Z')
})

test('a plan that began long ago costs no more to ask', () => {
  const began = performance.now()
  for (const recurrence of ['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=SU,WE', 'FREQ=MONTHLY;BYDAY=1MO']) {
    const occurrences = occurrencesOf(plan('Europe/Paris', '1990-01-01T02:00:00', recurrence))
    for (let day = 0; day < 20; day++) occurrences.at(Date.UTC(2026, 0, day))
  }
  assert.ok(performance.now() - began < 5_000)
})

const ZONES = [
  'Europe/Paris',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
]
const RULES = [
  '',
  'FREQ=DAILY',
  'FREQ=DAILY;INTERVAL=3',
  'FREQ=WEEKLY;BYDAY=SU',
  'FREQ=MONTHLY;BYDAY=-1SU',
  'FREQ=DAILY;COUNT=90',
]

test('every question is answered alike: at, after and between', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...RULES),
      fc.integer({ min: 0, max: 47 }),
      fc.integer({ min: 0, max: 366 * 24 }),
      (zone, rule, half, hour) => {
        const clock = `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}:00`
        const { at, after, between } = occurrencesOf(plan(zone, `2026-01-04T${clock}`, rule))
        const atMs = Date.UTC(2026, 0, 1) + hour * HOUR_MS
        const next = after(atMs)
        if (next) {
          assert.ok(next.fromMs > atMs)
          assert.deepEqual(at(next.fromMs), next)
          assert.deepEqual(between(next.fromMs, next.fromMs + 1, 5), [next])
          assert.notDeepEqual(at(next.fromMs - 1), next)
        }
        const now = at(atMs)
        if (now) assert.ok(now.fromMs <= atMs && atMs < now.untilMs)
      },
    ),
    { numRuns: 150 },
  )
})
