import { Aggregation } from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { metricRule, Shard, told, type Values } from '../testing/shard.ts'
import { encodeEvaluator } from './saved-state.ts'
import { MAX_SERIES } from './series.ts'
import { readState } from './state-codec.ts'

const average = metricRule({
  metric: 'process.cpu_percent',
  aggregation: Aggregation.AVG,
  windowMs: 3_600_000,
})

const processes = (pids: readonly number[], cpuPercent = 5): Values => ({
  processes: {
    pid: [...pids],
    name: pids.map(() => 'cc1'),
    user: pids.map(() => 'build'),
    cpuPercent: pids.map(() => cpuPercent),
    rssBytes: pids.map(() => 1),
  },
})

const numbers = (count: number, first: number): number[] => Array.from({ length: count }, (_, i) => first + i)

const remembered = ({ evaluator }: Shard): Set<string> =>
  new Set(
    readState(encodeEvaluator(evaluator)).agents.flatMap(({ series }) =>
      series.map(({ dimension }) => dimension),
    ),
  )

describe('what is remembered of processes that come and go', () => {
  test('are those of the last minutes, and those that stay', () => {
    const shard = new Shard([average])
    for (let minute = 0; minute < 120; minute++) {
      shard.sample(minute * 60, processes([1, ...numbers(10, 100 + minute * 10)]))
      for (let s = 5; s < 60; s += 5) shard.tick(minute * 60 + s)
    }
    const names = remembered(shard)
    assert.ok(names.has('cc1 (1)'))
    assert.ok(names.size <= 70, `${names.size} are remembered`)
  })

  test('is bounded: what was heard the longest ago is forgotten first, and never what has an alert', () => {
    const shard = new Shard([
      metricRule({ metric: 'process.cpu_percent', aggregation: Aggregation.MAX, windowMs: 60_000 }),
    ])
    assert.deepEqual(told(shard.sample(0, processes([1], 95))), ['Fire cc1 (1)'])
    shard.sample(60, processes(numbers(MAX_SERIES, 1_000)))
    shard.sample(120, processes([1_000, ...numbers(100, 5_000)]))
    const names = remembered(shard)
    assert.equal(names.size, MAX_SERIES)
    assert.ok(names.has('cc1 (1)'), 'the one with an alert')
    assert.ok(names.has('cc1 (1000)'), 'one that goes on')
    assert.ok(names.has('cc1 (5099)'), 'the newest')
    assert.ok(!names.has('cc1 (1001)'), 'one that is gone')
  })
})
