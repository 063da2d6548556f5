import { Comparison } from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { metricRule, ruleOf, Shard, told, type Values } from '../testing/shard.ts'
import type { RuleInForce } from './rule-set.ts'

type Line = readonly [atS: number, cpu: number, expected: string]

/** CPU in per cent at some seconds, and what is decided then. */
function cpuStory(rule: RuleInForce, lines: readonly Line[]): void {
  const shard = new Shard([rule])
  for (const [atS, cpu, expected] of lines)
    assert.equal(told(shard.cpu(atS, cpu)).join(', '), expected, `at ${atS} s`)
}

const stories: [says: string, rule: RuleInForce, lines: Line[]][] = [
  [
    'a rule without duration fires and recovers at once',
    metricRule(),
    [
      [0, 50, ''],
      [10, 91, 'Fire'],
      [20, 92, ''],
      [30, 90, 'Resolve recovered'],
    ],
  ],
  [
    'a duration has to pass without a break',
    metricRule({}, { durationMs: 30_000 }),
    [
      [0, 95, 'Pend'],
      [10, 95, ''],
      [20, 80, 'Resolve not confirmed'],
      [30, 95, 'Pend'],
      [40, 95, ''],
      [50, 95, ''],
      [60, 95, 'Fire'],
      [70, 10, 'Resolve recovered'],
    ],
  ],
  [
    'what nobody measured did not hold: the duration begins anew behind a hole',
    metricRule({}, { durationMs: 30_000 }),
    [
      [0, 95, 'Pend'],
      [10, 95, ''],
      [100, 95, ''],
      [110, 95, ''],
      [120, 95, ''],
      [130, 95, 'Fire'],
    ],
  ],
  [
    'recovery needs the other side of its own level',
    metricRule({ recovery: 80 }),
    [
      [0, 91, 'Fire'],
      [10, 85, ''],
      [20, 80, 'Resolve recovered'],
      [30, 85, ''],
    ],
  ],
  [
    'it goes on firing for its time after recovery, and a new breach begins that anew',
    metricRule({}, { keepFiringMs: 20_000 }),
    [
      [0, 91, 'Fire'],
      [10, 50, ''],
      [20, 91, ''],
      [30, 50, ''],
      [40, 50, ''],
      [50, 50, 'Resolve recovered'],
    ],
  ],
]

for (const [says, rule, lines] of stories) test(says, () => cpuStory(rule, lines))

test('each value of a dimension has an alert of its own', () => {
  const shard = new Shard([metricRule({ metric: 'disk.usage_percent' })])
  const disks = (...usagePercent: number[]): Values => ({
    filesystems: { mount: ['/', '/home', '/var'], usagePercent },
  })
  assert.deepEqual(told(shard.sample(0, disks(50, 91, 92))), ['Fire /home', 'Fire /var'])
  assert.deepEqual(told(shard.sample(10, disks(95, 50, 92))), ['Fire /', 'Resolve recovered /home'])
})

describe('the offline watch', () => {
  const offline = ruleOf({ condition: { case: 'offline', value: {} } })

  test('fires after three periods of silence, and the next frame ends it', () => {
    const shard = new Shard([offline])
    shard.tick(0)
    shard.cpu(1, 5)
    for (let s = 5; s <= 30; s += 5) assert.deepEqual(told(shard.tick(s)), [])
    assert.deepEqual(told(shard.tick(35)), ['Fire'])
    assert.deepEqual(told(shard.tick(40)), [])
    assert.deepEqual(told(shard.cpu(42, 5)), ['Resolve recovered'])
  })

  test('decides nothing while nobody was there to hear', () => {
    const shard = new Shard([offline])
    shard.tick(0)
    shard.cpu(1, 5)
    for (let s = 5; s <= 300; s += 5) assert.deepEqual(told(shard.tick(s, { deaf: true })), [])
    for (let s = 305; s <= 395; s += 5) assert.deepEqual(told(shard.tick(s)), [])
    assert.deepEqual(told(shard.tick(400)), ['Fire'])
  })
})

describe('samples that come late or out of order', () => {
  test('what was measured long before it was received is judged, and marked late', () => {
    const shard = new Shard()
    assert.deepEqual(told(shard.cpu(0, 50)), [])
    assert.deepEqual(told(shard.cpu(10, 95, { receivedS: 600 })), ['Fire late'])
    assert.deepEqual(told(shard.cpu(20, 50, { receivedS: 600 })), ['Resolve recovered late'])
    assert.deepEqual(told(shard.cpu(600, 95)), ['Fire'])
  })

  test('two periods are not late yet', () =>
    assert.deepEqual(told(new Shard().cpu(0, 95, { receivedS: 20 })), ['Fire']))

  test('an older sample decides nothing', () => {
    const shard = new Shard()
    shard.cpu(100, 95)
    assert.deepEqual(told(shard.cpu(90, 10, { receivedS: 110 })), [])
    assert.deepEqual(told(shard.cpu(110, 10)), ['Resolve recovered'])
  })

  test('one stamp from the future does not make those that follow too old', () => {
    const shard = new Shard()
    shard.cpu(40_000, 10, { receivedS: 10 })
    assert.deepEqual(told(shard.cpu(80, 95)), ['Fire'])
  })

  test('nor does the clock of a gateway that was wrong, once a tick has come', () => {
    const shard = new Shard()
    shard.cpu(40_000, 10)
    shard.tick(5)
    assert.deepEqual(told(shard.cpu(10, 95)), ['Fire'])
  })
})

describe('flapping', () => {
  const shard = new Shard()
  const said: string[] = []
  const sample = (value: number): void => {
    const atS = said.length * 10
    said.push(told(shard.cpu(atS, value)).join(', '))
  }

  test('begins when it changes too often, and is told once', () => {
    for (let i = 0; i < 8; i++) sample(i % 2 === 0 ? 95 : 10)
    assert.deepEqual(said, ['Fire', 'Resolve recovered', 'Fire', 'Resolve recovered', 'Fire', 'Flap', '', ''])
  })

  test('ends after a quiet while with what the series is then', () => {
    for (let i = 0; i < 20; i++) sample(10)
    assert.deepEqual(
      said.filter((line) => line.includes('Settle')),
      ['Settle, Resolve recovered'],
    )
    assert.equal(said.indexOf('Settle, Resolve recovered'), 22)
    sample(95)
    assert.equal(said.at(-1), 'Fire')
  })
})

test('the platform is judged by what its ticks say, and its alerts are its own', () => {
  const condition = { metric: 'holes', comparison: Comparison.GT, threshold: 0 }
  const spec = ruleOf({ condition: { case: 'platform', value: condition } })
  const shard = new Shard([{ ...spec, tenant: 'system' }])
  assert.deepEqual(told(shard.tick(0, { readings: { holes: 0 } })), [])
  const [fired] = shard.tick(5, { readings: { holes: 2 } })
  assert.equal(fired?.tenant, 'system')
  assert.ok(fired.command.kind === 'Fire')
  assert.partialDeepStrictEqual(fired.command.origin, { agent: '', metric: 'platform.holes' })
  assert.partialDeepStrictEqual(fired.command.evidence, { value: 2, threshold: 0 })
  assert.deepEqual(told(shard.tick(10)), [], 'a tick without the reading says nothing')
  assert.deepEqual(told(shard.tick(15, { readings: { holes: 0 } })), ['Resolve recovered'])
})
