import { Aggregation, Severity } from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { agentOf, metricRule, ruleSet, Shard, START_MS, told, WEB, type Values } from '../testing/shard.ts'
import type { KnownAgent, RuleInForce, RuleSet } from './rule-set.ts'

const NEXT = { atMs: START_MS + 5_000, version: 2 }
const firing = (): Shard => {
  const shard = new Shard([metricRule()])
  assert.deepEqual(told(shard.cpu(0, 95)), ['Fire'])
  return shard
}
const agents = (known: Partial<KnownAgent>): Record<string, KnownAgent> => ({ [WEB]: agentOf(known) })
const tagged = (value: string): RuleInForce => metricRule({}, { scope: { scope: { case: 'tag', value } } })

describe('a new set of rules', () => {
  const ends: [says: string, next: RuleSet, expected: string[]][] = [
    ['the rule is gone', ruleSet([]), ['Resolve rule changed']],
    [
      'it judges another metric',
      ruleSet([metricRule({ metric: 'swap.usage_percent' })]),
      ['Resolve rule changed'],
    ],
    [
      'it judges the average',
      ruleSet([metricRule({ aggregation: Aggregation.AVG, windowMs: 60_000 })]),
      ['Resolve rule changed'],
    ],
    [
      'it is told as something worse',
      ruleSet([metricRule({}, { severity: Severity.CRITICAL })]),
      ['Resolve rule changed'],
    ],
    ['the agent is retired', ruleSet([metricRule()], agents({ retired: true })), ['Resolve agent retired']],
    ['the agent is not known any more', ruleSet([metricRule()], {}), ['Resolve agent retired']],
    ['the rule is for others', ruleSet([tagged('database')]), ['Resolve out of scope']],
    ['the agent has lost its tag', ruleSet([tagged('web')], agents({ tags: [] })), ['Resolve out of scope']],
    [
      'another rule came along',
      ruleSet([metricRule(), { ...metricRule(), id: '01JOTHER000000000000000000' }]),
      [],
    ],
    ['the threshold is another', ruleSet([metricRule({ threshold: 99 })]), []],
    ['its name is another', ruleSet([metricRule({}, { name: 'busy' })]), ['Relabel']],
    ['its labels are others', ruleSet([metricRule({}, { labels: { team: 'night' } })]), ['Relabel']],
    ['the agent has another name', ruleSet([metricRule()], agents({ name: 'web-9' })), ['Relabel']],
    ['the agent has other tags', ruleSet([metricRule()], agents({ tags: ['web', 'noisy'] })), ['Relabel']],
    ['nothing changed', ruleSet([metricRule()]), []],
  ]
  for (const [says, next, expected] of ends)
    test(`${says}: ${expected.join() || 'the alert goes on'}`, () =>
      assert.deepEqual(told(firing().evaluator.take(next, NEXT)), expected))

  test('another threshold holds from the next sample on', () => {
    const shard = firing()
    shard.evaluator.take(ruleSet([{ ...metricRule({ threshold: 99 }), version: 2 }]), NEXT)
    const [decision] = shard.cpu(10, 95)
    assert.equal(decision?.command.kind, 'Resolve')
    assert.equal(decision.command.evidence.ruleVersion, 2n)
  })

  test('what the pattern means no more is ended, the rest goes on', () => {
    const rule = metricRule({ metric: 'disk.usage_percent' })
    const shard = new Shard([rule])
    const disks: Values = { filesystems: { mount: ['/', '/data1'], usagePercent: [95, 95] } }
    shard.sample(0, disks)
    const next = metricRule({ metric: 'disk.usage_percent', dimension: '/data*' })
    assert.deepEqual(told(shard.evaluator.take(ruleSet([next]), NEXT)), ['Resolve rule changed /'])
    assert.deepEqual(told(shard.sample(10, disks)), [])
  })

  test('an alert that is open is told what it is called now, each time under a key of its own', () => {
    const shard = firing()
    const renamed = (name: string, version: number) =>
      shard.evaluator.take(ruleSet([metricRule()], agents({ name, tags: ['noisy'] })), { ...NEXT, version })
    const all = [renamed('web-2', 2), renamed('web-3', 3), renamed('web-2', 4), renamed('web-2', 5)].flat()
    assert.deepEqual(told(all), ['Relabel', 'Relabel', 'Relabel'])
    assert.equal(new Set(all.map(({ key }) => key)).size, 3)
    const { command } = all[2] ?? {}
    assert.ok(command?.kind === 'Relabel')
    assert.partialDeepStrictEqual(command.origin, {
      agentName: 'web-2',
      labels: { agent: 'web-2', tags: 'noisy', severity: 'warning', rule: 'rule' },
    })
  })

  test('what has no alert is told nothing', () => {
    const shard = new Shard([metricRule({ aggregation: Aggregation.AVG, windowMs: 60_000 })])
    shard.cpu(0, 50)
    const next = ruleSet(
      [metricRule({ aggregation: Aggregation.AVG, windowMs: 60_000 })],
      agents({ name: 'web-9' }),
    )
    assert.deepEqual(shard.evaluator.take(next, NEXT), [])
  })

  test('a longer window keeps what it has', () => {
    const average = (windowMs: number) => metricRule({ aggregation: Aggregation.AVG, windowMs })
    const shard = new Shard([average(60_000)])
    for (let s = 0; s <= 60; s += 10) shard.cpu(s, 95)
    shard.evaluator.take(ruleSet([average(120_000)]), NEXT)
    assert.deepEqual(told(shard.cpu(70, 95)), [])
    assert.deepEqual(told(shard.cpu(80, 0)), ['Resolve recovered'])
  })
})

describe('who is judged', () => {
  const system: RuleInForce = { ...metricRule(), tenant: 'system' }
  const other = { [WEB]: agentOf({ tenant: 'other' }) }
  const cases: [
    says: string,
    rules: RuleInForce[],
    known: Record<string, KnownAgent> | undefined,
    expected: string[],
  ][] = [
    ['an agent of another tenant is not', [metricRule()], other, []],
    ['a rule of the platform holds for every tenant', [system], other, ['Fire']],
    [
      'an agent by its id',
      [metricRule({}, { scope: { scope: { case: 'agent', value: WEB } } })],
      undefined,
      ['Fire'],
    ],
    ['an agent that nobody knows is not', [metricRule()], {}, []],
    ['a retired one is not', [metricRule()], agents({ retired: true }), []],
    [
      'a rule that this version does not know judges nobody',
      [metricRule({ metric: 'future.metric' })],
      undefined,
      [],
    ],
  ]
  for (const [says, rules, known, expected] of cases)
    test(says, () => assert.deepEqual(told(new Shard(rules, known).cpu(0, 95)), expected))

  test('the alert belongs to the agent’s tenant, and says all there is to tell', () => {
    const rule = { ...system, spec: { ...system.spec, labels: { team: 'night' } } }
    const [decision] = new Shard([rule], other).cpu(0, 95)
    assert.equal(decision?.tenant, 'other')
    assert.ok(decision.command.kind === 'Fire')
    assert.partialDeepStrictEqual(decision.command.origin, {
      ruleTenant: 'system',
      ruleVersion: 1n,
      agentName: 'web-1',
      metric: 'cpu.usage_percent',
      labels: {
        team: 'night',
        severity: 'warning',
        rule: 'rule',
        agent: 'web-1',
        tags: 'web',
        metric: 'cpu.usage_percent',
      },
    })
    assert.partialDeepStrictEqual(decision.command.evidence, {
      sample: { agent: WEB, epoch: 1n, lane: 1, sequence: 1n, observation: 0 },
      atMs: BigInt(START_MS),
      value: 95,
      threshold: 90,
      samples: [{ value: 95 }],
      late: false,
    })
  })
})
