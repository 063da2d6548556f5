import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latestRunMs, nextRunMs, retryAfterMs, scheduleText, type DailyAt } from './schedule.ts'

const UTC: DailyAt = { hour: 4, minute: 0, zone: 'UTC' }
const PARIS: DailyAt = { hour: 2, minute: 30, zone: 'Europe/Paris' }

const days: readonly {
  readonly says: string
  readonly at: DailyAt
  readonly after: string
  readonly next: string
}[] = [
  { says: 'later today', at: UTC, after: '2026-11-22T03:59:59.999Z', next: '2026-11-22T04:00:00.000Z' },
  { says: 'not twice', at: UTC, after: '2026-11-22T04:00:00.000Z', next: '2026-11-23T04:00:00.000Z' },
  { says: 'by other clocks', at: PARIS, after: '2026-07-01T12:00:00Z', next: '2026-07-02T00:30:00.000Z' },
  {
    says: 'a time that is skipped',
    at: PARIS,
    after: '2026-03-28T12:00:00Z',
    next: '2026-03-29T01:30:00.000Z',
  },
  {
    says: 'once where it comes twice',
    at: PARIS,
    after: '2026-10-25T00:30:00Z',
    next: '2026-10-26T01:30:00.000Z',
  },
]

for (const { says, at, after, next } of days)
  test(`daily: ${says}`, () =>
    assert.equal(new Date(nextRunMs('daily', Date.parse(after), at)).toISOString(), next))

test('what failed is tried again later and later, and at least every quarter of an hour', () =>
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 60].map((failures) => retryAfterMs(failures) / 1_000),
    [30, 60, 120, 240, 480, 900, 900],
  ))

test('nothing waits longer than its schedule or a retry would make it', () => {
  assert.equal(latestRunMs({ everyMs: 60_000 }, 1_000, UTC), 901_000)
  assert.equal(latestRunMs({ everyMs: 3_600_000 }, 1_000, UTC), 3_601_000)
  assert.equal(latestRunMs('daily', 0, UTC), 4 * 3_600_000)
})

test('schedules for people', () =>
  assert.deepEqual(
    (['daily', { everyMs: 7_200_000 }, { everyMs: 300_000 }, { everyMs: 90_000 }] as const).map((schedule) =>
      scheduleText(schedule, PARIS),
    ),
    ['daily at 02:30 Europe/Paris', 'every 2 h', 'every 5 min', 'every 90 s'],
  ))
