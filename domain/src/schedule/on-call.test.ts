import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { MemberSchema, ScheduleSpecSchema, type RotationSchema } from '@secumon/contracts/gen/escalation'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onCallAt, onCallBetween, type OnCallSchedule, type Override } from './on-call.ts'

const MEMBERS = ['ana', 'bo', 'cy']
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

type Layer = MessageInitShape<typeof RotationSchema>
const layer = (changes: Layer = {}): Layer => ({
  name: 'first',
  members: MEMBERS.map((name) => ({ name, channels: [name] })),
  startsAt: '2026-03-02T09:00:00',
  daysEach: 7,
  ...(changes as object),
})
const schedule = (
  timeZone = 'Europe/Paris',
  layers: Layer[] = [layer()],
  overrides: Override[] = [],
): OnCallSchedule => ({
  spec: create(ScheduleSpecSchema, { name: 's', timeZone, layers } as MessageInitShape<
    typeof ScheduleSpecSchema
  >),
  overrides,
})
const at = (held: OnCallSchedule, text: string): string | undefined =>
  onCallAt(held, Date.parse(text))?.member.name
const override = (id: string, from: string, until: string): Override => ({
  id,
  member: create(MemberSchema, { name: id, channels: [id] }),
  fromMs: Date.parse(from),
  untilMs: Date.parse(until),
  reason: '',
})

describe('a rotation hands over at the wall-clock time', () => {
  const cases: [string, string, string, string, string][] = [
    ['in winter', 'Europe/Paris', '2026-03-09T08:00:00Z', 'ana', 'bo'],
    ['after the clocks went forward', 'Europe/Paris', '2026-03-30T07:00:00Z', 'ana', 'bo'],
    ['in New York, where they went forward before', 'America/New_York', '2026-03-09T13:00:00Z', 'ana', 'bo'],
    ['in Santiago, where they went back', 'America/Santiago', '2026-04-06T13:00:00Z', 'bo', 'cy'],
  ]
  for (const [name, zone, handOver, before, then] of cases)
    test(name, () => {
      const held = schedule(zone)
      assert.equal(onCallAt(held, Date.parse(handOver) - 1)?.member.name, before)
      assert.equal(at(held, handOver), then)
    })

  test('nobody is on call before it begins', () => {
    assert.equal(at(schedule(), '2026-03-02T07:59:59Z'), undefined)
    assert.equal(at(schedule(), '2026-03-02T08:00:00Z'), 'ana')
  })

  test('a day each, at an hour that one night skips: nobody is lost', () => {
    const held = schedule('Europe/Paris', [layer({ daysEach: 1, startsAt: '2026-03-27T02:30:00' })])
    const days = [
      '2026-03-27T01:30:00Z',
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ]
    assert.deepEqual(days.map((day) => at(held, day)), ['ana', 'bo', 'cy', 'ana']) // prettier-ignore
    assert.equal(onCallAt(held, Date.parse('2026-03-29T01:30:00Z') - 1)?.member.name, 'bo')
  })
})

test('a later layer wins within its hours, and an override over all; of two the later one', () => {
  const nights = layer({
    name: 'nights',
    members: [{ name: 'dee', channels: ['dee'] }],
    only: {
      timeZone: 'UTC',
      hours: [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 22 * 60, untilMinute: 6 * 60 }],
    },
  })
  const overrides = [
    override('eli', '2026-03-03T23:00:00Z', '2026-03-04T05:00:00Z'),
    override('fay', '2026-03-04T02:00:00Z', '2026-03-04T03:00:00Z'),
  ]
  const held = schedule('UTC', [layer(), nights], overrides)
  const hours = ['20:00', '22:30', '23:30'].map((hour) => `2026-03-03T${hour}:00Z`)
  const next = ['02:30', '04:00', '05:30', '06:00'].map((hour) => `2026-03-04T${hour}:00Z`)
  assert.deepEqual([...hours, ...next].map((hour) => at(held, hour)), ['ana', 'dee', 'eli', 'fay', 'eli', 'dee', 'ana']) // prettier-ignore
})

test('a calendar has no gap, and says of each shift by what it is', () => {
  const held = schedule('UTC', [layer()], [override('eli', '2026-03-04T00:00:00Z', '2026-03-05T00:00:00Z')])
  const span = {
    fromMs: Date.parse('2026-03-01T00:00:00Z'),
    untilMs: Date.parse('2026-03-10T00:00:00Z'),
    limit: 10,
  }
  const shifts = onCallBetween(held, span)
  assert.deepEqual(
    shifts.map(({ onCall }) => onCall && [onCall.member.name, onCall.layer ?? onCall.override]),
    [undefined, ['ana', 'first'], ['eli', 'eli'], ['ana', 'first'], ['bo', 'first']],
  )
  assert.equal(onCallBetween(held, { ...span, limit: 2 }).length, 2)
})

const ZONES = ['Europe/Paris', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe']

test('a calendar says what is said of each moment in it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 365 }),
      fc.integer({ min: 0, max: 47 }),
      (zone, daysEach, day, half) => {
        const clock = `${String(half >> 1).padStart(2, '0')}:${half % 2 ? '30' : '00'}:00`
        const held = schedule(zone, [layer({ daysEach, startsAt: `2026-01-01T${clock}` })])
        const fromMs = Date.UTC(2026, 0, 1) + day * DAY_MS
        const shifts = onCallBetween(held, { fromMs, untilMs: fromMs + 10 * DAY_MS, limit: 100 })
        assert.equal(shifts[0]?.fromMs, fromMs)
        assert.equal(shifts.at(-1)?.untilMs, fromMs + 10 * DAY_MS)
        shifts.forEach((shift, i) => {
          assert.equal(shift.fromMs, i === 0 ? fromMs : shifts[i - 1]?.untilMs)
          for (const ms of [shift.fromMs, shift.untilMs - 1])
            assert.equal(onCallAt(held, ms)?.member, shift.onCall?.member)
        })
      },
    ),
    { numRuns: 40 },
  )
})

test('who is on call long after the beginning is found at once', () => {
  const held = schedule('Europe/Paris', [layer({ daysEach: 1, startsAt: '1990-01-01T09:00:00' })])
  const began = performance.now()
  for (let day = 0; day < 50; day++) onCallAt(held, Date.UTC(2026, 0, day))
  assert.ok(performance.now() - began < 2_000)
})
