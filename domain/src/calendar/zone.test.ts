import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantOf, isTimeZone, nextClockChangeMs, parseWallClock, wallClockAt } from './zone.ts'

const at = (text: string, zone: string): string => {
  const wall = parseWallClock(text)
  assert.ok(wall)
  return new Date(instantOf(wall, zone)).toISOString()
}

const cases: [string, string, string, string][] = [
  ['winter', '2026-01-15T09:00:00', 'Europe/Paris', '2026-01-15T08:00:00.000Z'],
  ['summer', '2026-07-15T09:00:00', 'Europe/Paris', '2026-07-15T07:00:00.000Z'],
  ['skipped in Paris', '2026-03-29T02:30:00', 'Europe/Paris', '2026-03-29T01:30:00.000Z'],
  ['twice in Paris', '2026-10-25T02:30:00', 'Europe/Paris', '2026-10-25T00:30:00.000Z'],
  ['skipped in New York', '2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['twice in New York', '2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00.000Z'],
  [
    'midnight that is skipped in Santiago',
    '2026-09-06T00:00:00',
    'America/Santiago',
    '2026-09-06T04:00:00.000Z',
  ],
  [
    'an hour before midnight twice in Santiago',
    '2026-04-04T23:30:00',
    'America/Santiago',
    '2026-04-05T02:30:00.000Z',
  ],
]
for (const [name, wall, zone, expected] of cases) test(name, () => assert.equal(at(wall, zone), expected))

test('a zone is an IANA name', () => {
  assert.deepEqual(['Europe/Paris', 'UTC', 'America/Argentina/Ushuaia'].map(isTimeZone), [true, true, true])
  assert.deepEqual(
    ['', '+01:00', 'Mars/Olympus', 'Europe/Paris\n', '../x'].map(isTimeZone),
    Array(5).fill(false),
  )
})

test('a zone that is kept but not known here is read as UTC; what is no time is still none', () => {
  assert.equal(at('2026-07-01T12:00:00', 'Mars/Olympus'), '2026-07-01T12:00:00.000Z')
  assert.equal(nextClockChangeMs(0, 'Mars/Olympus'), undefined)
  assert.throws(() => wallClockAt(Number.NaN, 'Europe/Paris'), RangeError)
})

test('a wall-clock time is a day of the calendar and has no zone', () => {
  for (const text of ['2026-02-30T00:00:00', '2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01T25:00:00', ''])
    assert.equal(parseWallClock(text), undefined)
})
