import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration } from './duration.ts'

const cases: [string, number | undefined][] = [
  ['5m', 300_000],
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['2d', 172_800_000],
  ['5', undefined],
  ['5 m', undefined],
  ['m', undefined],
]

for (const [text, ms] of cases)
  test(`${text} is ${ms ?? 'no duration'}`, () => assert.equal(parseDuration(text), ms))

test('a duration is written as short as it can be', () => {
  const texts = [0, 250, 1_000, 90_000, 300_000, 86_400_000, 90_000_000].map(formatDuration)
  assert.deepEqual(texts, ['0ms', '250ms', '1s', '90s', '5m', '1d', '25h'])
})
