import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '@secumon/migrations/partitions'
import { weightOfStatement } from './statements.ts'
import { lengthOfPiece } from './step.ts'
import { partsOf, type Weights } from './weights.ts'

const HOUR_MS = 3_600_000
const SERIES: Record<string, number> = { many: 1_000, few: 10 }
const weights: Weights = { of: (agent) => SERIES[agent] ?? 1, heaviest: 1_000 }

test('agents are taken in parts that weigh no more than is said, or one by one', () => {
  assert.deepEqual(partsOf(['a', 'b', 'few', 'many', 'c', 'd'], weights, 11), [
    ['a', 'b'],
    ['few'],
    ['many'],
    ['c', 'd'],
  ])
  assert.deepEqual(partsOf([], weights, 11), [])
})

test('the more rows agents have, the shorter a piece and the fewer agents of a statement', () => {
  assert.equal(lengthOfPiece(12, HOUR_MS), DAY_MS)
  assert.equal(lengthOfPiece(12 * 1_000, HOUR_MS), HOUR_MS)
  assert.equal(lengthOfPiece(500, HOUR_MS), 5 * HOUR_MS)
  const day = { fromMs: 0, toMs: DAY_MS }
  assert.equal(Math.floor(weightOfStatement(day)), 11)
  assert.equal(partsOf(['many', 'many', 'many'], weights, weightOfStatement(day)).length, 3)
  assert.equal(Math.floor(weightOfStatement({ fromMs: 0, toMs: HOUR_MS })), 277)
})
