import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupsOf, seriesOf } from './series-answer.ts'
import type { BucketRow } from './series-sql.ts'

const STEP_MS = 60_000
const BUCKETS = { firstMs: 0, stepMs: STEP_MS, count: 4 }

const row = (bucket: number, v0: number | null, firstMs = bucket * STEP_MS): BucketRow => ({
  bucket_ms: bucket * STEP_MS,
  name: null,
  rows: 1,
  first_ms: firstMs,
  interval_ms: STEP_MS,
  v0,
})

function valuesOf(rows: readonly BucketRow[]) {
  const [group] = groupsOf({ keys: ['cpu.usage_percent'] })
  assert.ok(group)
  return seriesOf(group, rows, BUCKETS)[0]?.values
}

const digits: [value: number, shown: number][] = [
  [0, 0],
  [100, 100],
  [100 / 3, 33.33333],
  [-100 / 3, -33.33333],
  [2 / 3, 0.6666667],
  [0.1 + 0.2, 0.3],
  [1 / 3e9, 3.333333e-10],
  [1 / 3e20, 3.333333e-21],
  [999_999.94, 999_999.9],
  [1e12 / 3, 333_333_333_333],
]

for (const [value, shown] of digits)
  test(`of ${value} is shown what can have been measured`, () =>
    assert.equal(valuesOf([row(0, value)])?.[0], shown))

test('what comes a little late stands for the bucket before it, unless that has a row of its own', () => {
  const late = 5_000
  assert.deepEqual(valuesOf([row(0, 1), row(2, 2, 2 * STEP_MS + late)]), [1, 2, 2, null])
  assert.deepEqual(valuesOf([row(1, 1), row(2, 2, 2 * STEP_MS + late)]), [1, 1, 2, null])
})

test('rows outside the range are left out, and a row without a value is a gap', () => {
  assert.deepEqual(valuesOf([row(-1, 9), row(1, null), row(4, 9)]), [null, null, null, null])
})
