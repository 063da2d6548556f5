import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mark } from '@secumon/migrations/platform-tables'
import { addMark, isMarkDue, MARK_INTERVAL_MS } from './marks.ts'

const HOUR = 3_600_000

function after(hours: number): Mark[] {
  let marks: Mark[] = []
  for (let atMs = 0; atMs <= hours * HOUR; atMs += MARK_INTERVAL_MS)
    marks = addMark(marks, { position: atMs, hash: '', atMs })
  return marks
}

test('three days are covered by few marks, the recent past densely', () => {
  const marks = after(100)
  assert.ok(marks.length < 80, `${marks.length} marks`)
  const newest = marks.at(-1)?.atMs ?? 0
  const ages = marks.map(({ atMs }) => newest - atMs).toReversed()
  assert.deepEqual(
    ages.slice(0, 3),
    [0, 1, 2].map((n) => n * MARK_INTERVAL_MS),
  )
  assert.ok((ages.at(-1) ?? 0) > 48 * HOUR)
  for (const [i, age] of ages.entries()) {
    const next = ages[i + 1]
    if (next !== undefined) assert.ok(next - age <= Math.max(MARK_INTERVAL_MS, next / 2), `${age} → ${next}`)
  }
})

test('positions rise', () => {
  const positions = after(10).map(({ position }) => position)
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  )
})

test('a mark is due after five seconds', () => {
  assert.equal(isMarkDue([], 0), true)
  assert.equal(isMarkDue([{ position: 1, hash: '', atMs: 0 }], 4_999), false)
  assert.equal(isMarkDue([{ position: 1, hash: '', atMs: 0 }], 5_000), true)
})
