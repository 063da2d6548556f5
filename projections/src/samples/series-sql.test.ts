import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricOf } from '@secumon/contracts/metrics'
import { MAX_NAMES, MAX_VALUES, namesThatFit } from './series-sql.ts'

const relation = { name: 'metrics', resolutionMs: 0, floorMs: -Infinity, untilMs: Infinity, sealed: false }
const metric = metricOf('network.receive_bytes')
assert.ok(metric)

test('statements of custom metrics share what an answer may hold', () => {
  const plan = { stepMs: 10_000, segments: [{ relation, fromMs: 0, toMs: 5_000 * 10_000 }] }
  assert.equal(namesThatFit({ metrics: [metric], sharedBy: 1 }, plan), 66)
  assert.equal(namesThatFit({ metrics: [metric], sharedBy: 20 }, plan), 3)
})

const cases: [says: string, points: number, metrics: number, names: number][] = [
  ['an hour of one metric shows every name', 360, 1, MAX_NAMES],
  ['the screens’ widest question shows every name', 600, 2, MAX_NAMES],
  ['the widest question there is shows some', 5_000, 8, 8],
  ['one name always fits', 1_000_000, 20, 1],
]

for (const [says, points, metrics, names] of cases)
  test(says, () => {
    const group = {
      metrics: Array.from({ length: metrics }, () => ({ ...metric, aggregation: 'avg' as const })),
    }
    const fit = namesThatFit(group, {
      stepMs: 10_000,
      segments: [{ relation, fromMs: 0, toMs: points * 10_000 }],
    })
    assert.equal(fit, names)
    assert.ok(fit === 1 || fit * points * metrics * 3 <= MAX_VALUES)
  })
