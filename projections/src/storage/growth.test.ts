import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dailyGrowth, growthOf, type SizeSample, type Sizes } from './growth.ts'

const HOUR_MS = 3_600_000
const SIZES: Sizes = { raw: 0, rollup5min: 0, rollup1hour: 0, logs: 0, other: 0 }
const sample = (hours: number, raw: number): SizeSample => ({
  atMs: hours * HOUR_MS,
  bytes: { ...SIZES, raw },
})

test('growth is not known before a day has gone by', () => {
  assert.equal(dailyGrowth([]), undefined)
  assert.equal(dailyGrowth([sample(0, 0), sample(20, 5)]), undefined)
  assert.deepEqual(growthOf(undefined, 1_000), { bytesPerDay: null, daysLeft: null })
})

test('it is measured over whole days, up to a week', () => {
  const saw = (hours: number) => sample(hours, hours * 10 + (hours % 24) * 1_000)
  const samples = Array.from({ length: 24 * 9 }, (_, hours) => saw(hours))
  assert.equal(dailyGrowth(samples)?.raw, 240)
  assert.equal(dailyGrowth(samples.slice(0, 30))?.raw, 240)
})

test('what is full when', () => {
  const grows = (bytesPerDay: number, growingDays: number) => ({ bytesPerDay, growingDays })
  assert.equal(growthOf([grows(10, Infinity)], 95).daysLeft, 9)
  assert.equal(growthOf([grows(10, 9)], 95).daysLeft, 'stable')
  assert.equal(growthOf([grows(10, 9), grows(1, Infinity)], 95).daysLeft, 5 + 3)
  assert.equal(growthOf([grows(-5, Infinity)], 0).daysLeft, 'stable')
  assert.deepEqual(growthOf([grows(10, 0), grows(2, 5)], undefined), { bytesPerDay: 2, daysLeft: null })
})
