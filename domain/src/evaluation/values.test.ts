import { Aggregation } from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forecastRule, metricRule, Shard, told, type Values } from '../testing/shard.ts'
import type { RuleInForce } from './rule-set.ts'

describe('values', () => {
  const story = (rule: RuleInForce, samples: readonly (readonly [Values, string])[]): void => {
    const shard = new Shard([rule])
    samples.forEach(([values, expected], i) =>
      assert.equal(told(shard.sample(i * 10, values)).join(', '), expected, `sample ${i}`),
    )
  }
  const cpu = (cpuUsagePercent: number): Values => ({ host: { cpuUsagePercent } })
  const received = (bytes: number, intervalMs = 10_000): Values => ({
    intervalMs,
    networks: { interface: ['eth0'], receiveBytes: [bytes] },
  })

  test('the average is judged when half of its window is covered', () =>
    story(metricRule({ aggregation: Aggregation.AVG, windowMs: 60_000, threshold: 50 }), [
      [cpu(90), ''],
      [cpu(90), ''],
      [cpu(90), 'Fire'],
      [cpu(0), ''],
      [cpu(0), ''],
      [cpu(0), 'Resolve recovered'],
    ]))

  test('a delta is its rate per second; the first after a start says nothing', () =>
    story(metricRule({ metric: 'network.receive_bytes', threshold: 100 }), [
      [received(9_000, 0), ''],
      [received(1_000), ''],
      [received(1_001), 'Fire eth0'],
      [received(1_001, 20_000), 'Resolve recovered eth0'],
    ]))

  test('the average of a delta is all amounts by all times', () =>
    story(
      metricRule({
        metric: 'network.receive_bytes',
        threshold: 100,
        aggregation: Aggregation.AVG,
        windowMs: 40_000,
      }),
      [
        [received(0, 1_000), ''],
        [received(2_900, 29_000), ''],
        [received(400, 1_000), 'Fire eth0'],
      ],
    ))

  test('a forecast fires as soon as the line reaches the threshold in time', () => {
    const disk = (usagePercent: number): Values => ({
      filesystems: { mount: ['/'], usagePercent: [usagePercent] },
    })
    const rule = forecastRule({ windowMs: 80_000, horizonMs: 100_000, threshold: 70 })
    story(
      rule,
      [50, 51, 52, 53, 54, 55, 58, 63].map((value, i) => [disk(value), i === 7 ? 'Fire /' : '']),
    )
  })

  test('what is not there, or not a number, is not judged', () =>
    story(metricRule(), [
      [cpu(95), 'Fire'],
      [{}, ''],
      [cpu(NaN), ''],
      [cpu(10), 'Resolve recovered'],
    ]))

  test('only what the pattern means is judged', () =>
    story(metricRule({ metric: 'disk.usage_percent', dimension: '/data*' }), [
      [{ filesystems: { mount: ['/', '/data1', '/data2'], usagePercent: [99, 99, 10] } }, 'Fire /data1'],
    ]))
})
