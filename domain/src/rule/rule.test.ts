import { create } from '@bufbuild/protobuf'
import {
  Aggregation,
  Comparison,
  NoDataPolicy,
  RuleSpecSchema,
  ScopeSchema,
  type RuleSpec,
} from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { forecastRule, metricRule, ruleOf } from '../testing/shard.ts'
import { rule, type RuleCommand, type RuleState } from './rule.ts'

const spec = metricRule().spec
const other = metricRule({ threshold: 95 }).spec
const creation: RuleCommand = { kind: 'CreateRule', tenant: 'main', spec, enabled: true, builtIn: false }
const builtIn: RuleCommand = { ...creation, builtIn: true }

const after = (...commands: RuleCommand[]): RuleState =>
  commands.reduce<RuleState>(
    (state, command) => rule.decide(command, state).reduce(rule.evolve, state),
    rule.initial,
  )

describe('a rule', () => {
  const changes: [RuleCommand[], RuleCommand, string][] = [
    [[], creation, 'ruleCreated'],
    [[creation], { kind: 'ChangeRule', tenant: 'main', spec: other }, 'ruleChanged'],
    [[creation], { kind: 'DisableRule' }, 'ruleDisabled'],
    [[creation, { kind: 'DisableRule' }], { kind: 'EnableRule' }, 'ruleEnabled'],
    [[creation], { kind: 'DeleteRule' }, 'ruleDeleted'],
  ]
  for (const [before, command, event] of changes)
    test(`${command.kind} has its effect once`, () => {
      const state = after(...before)
      const events = rule.decide(command, state)
      assert.deepEqual(
        events.map((e) => e.case),
        [event],
      )
      assert.deepEqual(rule.decide(command, events.reduce(rule.evolve, state)), [])
    })

  test('one that the product brings along is created once, whatever became of it', () => {
    const change: RuleCommand = { kind: 'ChangeRule', tenant: 'main', spec: other }
    for (const command of [change, { kind: 'DisableRule' }, { kind: 'DeleteRule' }] as const)
      assert.deepEqual(rule.decide(builtIn, after(builtIn, command)), [])
  })

  test('what is left open is filled in, and names are trimmed', () => {
    const wanted = metricRule({ aggregation: Aggregation.UNSPECIFIED }, { name: ' busy ' }).spec
    const state = after({ ...creation, spec: wanted })
    assert.equal(state?.spec.name, 'busy')
    assert.equal(state.spec.noData?.policy, NoDataPolicy.IGNORE)
    const { condition } = state.spec
    assert.equal(condition.case === 'metric' && condition.value.aggregation, Aggregation.LAST)
  })

  const refused: [string, RuleCommand[], RuleCommand, string][] = [
    ['a stranger', [], { kind: 'EnableRule' }, 'not_found'],
    ['a deleted one', [creation, { kind: 'DeleteRule' }], { kind: 'EnableRule' }, 'not_found'],
    ['the same id with another rule', [creation], { ...creation, spec: other }, 'already_exists'],
    ['the id of a deleted one', [creation, { kind: 'DeleteRule' }], creation, 'already_exists'],
  ]
  for (const [says, before, command, code] of refused)
    test(`${says} is refused`, () =>
      assert.throws(
        () => rule.decide(command, after(...before)),
        (error) => error instanceof Rejected && error.code === code,
      ))
})

describe('a rule that cannot work is refused with the reason', () => {
  const HOUR = 3_600_000
  const eq = { comparison: Comparison.EQ }
  const avg = { aggregation: Aggregation.AVG, windowMs: 60_000 }
  const rate = { aggregation: Aggregation.RATE }
  const processes = { metric: 'process.cpu_percent' }
  const platform = {
    condition: {
      case: 'platform',
      value: { metric: 'lag_seconds', comparison: Comparison.GT, threshold: 60 },
    },
  } as const
  const cases: [reason: RegExp, spec: RuleSpec, tenant?: string][] = [
    [/needs a name/, metricRule({}, { name: '  ' }).spec],
    [/needs a name/, metricRule({}, { name: 'x'.repeat(201) }).spec],
    [/at most 2000 characters/, metricRule({}, { description: 'x'.repeat(2_001) }).spec],
    [/needs a severity/, metricRule({}, { severity: 0 }).spec],
    [/needs a condition/, ruleOf({}).spec],
    [/needs a scope/, create(RuleSpecSchema, { ...spec, scope: create(ScopeSchema) })],
    [/no metric "cpu.nonsense"/, metricRule({ metric: 'cpu.nonsense' }).spec],
    [/not what programs publish: "custom.queue"/, metricRule({ metric: 'custom.queue' }).spec],
    [/not yet what checks find: "check.up_percent"/, metricRule({ metric: 'check.up_percent' }).spec],
    [/one value per host/, metricRule({ dimension: '/var' }).spec],
    [/pattern of at most/, metricRule({ metric: 'disk.usage_percent', dimension: '*'.repeat(201) }).spec],
    [/comparison is/, metricRule({ comparison: 0 }).spec],
    [/threshold is not a number/, metricRule({ threshold: NaN }).spec],
    [/threshold is not a number/, metricRule({ threshold: Infinity }).spec],
    [/recovery threshold is not a number/, metricRule({ recovery: NaN }).spec],
    [/cannot recover at 95, which is higher/, metricRule({ recovery: 95 }).spec],
    [
      /cannot recover at 5, which is lower/,
      metricRule({ comparison: Comparison.LT, threshold: 10, recovery: 5 }).spec,
    ],
    [/recover by themselves/, metricRule({ ...eq, recovery: 80 }).spec],
    [/can never cross 101/, metricRule({ threshold: 101 }).spec],
    [/can never cross 100/, metricRule({ threshold: 100 }).spec],
    [/can never cross 0/, metricRule({ comparison: Comparison.LT, threshold: 0 }).spec],
    [/needs no window/, metricRule({ windowMs: 1_000 }).spec],
    [/window of 1 second/, metricRule({ aggregation: Aggregation.AVG }).spec],
    [/at most 24 hours/, metricRule({ ...avg, windowMs: 25 * HOUR }).spec],
    [
      /rate per second already/,
      metricRule({ metric: 'network.receive_bytes', aggregation: Aggregation.RATE, windowMs: HOUR }).spec,
    ],
    [/two samples: its window is 2 seconds/, metricRule({ ...rate, windowMs: 1_000 }).spec],
    [/a rate is 2 minutes at least/, metricRule({ ...processes, ...rate, windowMs: 60_000 }).spec],
    [/at most 1 hour/, metricRule({ ...processes, ...avg, windowMs: 2 * HOUR }).spec],
    [/at most 1 hour/, forecastRule({ ...processes, windowMs: 2 * HOUR }).spec],
    [/rises above or falls below/, forecastRule(eq).spec],
    [/window of 10 minutes/, forecastRule({ windowMs: 1_000 }).spec],
    [/window of 10 minutes/, forecastRule({ windowMs: 8 * 24 * HOUR }).spec],
    [/1 minute to 30 days ahead/, forecastRule({ horizonMs: 0 }).spec],
    [/duration is at most/, metricRule({}, { durationMs: 8 * 24 * HOUR }).spec],
    [/goes on firing for at most/, metricRule({}, { keepFiringMs: 25 * HOUR }).spec],
    [/ignore, alert or resolve/, metricRule({}, { noData: { policy: 0, afterMs: 60_000 } }).spec],
    [/needs no time/, metricRule({}, { noData: { policy: NoDataPolicy.IGNORE, afterMs: 60_000 } }).spec],
    [/10 seconds to 7 days/, metricRule({}, { noData: { policy: NoDataPolicy.ALERT, afterMs: 5_000 } }).spec],
    [
      /processes come and go/,
      metricRule(
        { metric: 'process.cpu_percent' },
        { noData: { policy: NoDataPolicy.ALERT, afterMs: 60_000 } },
      ).spec,
    ],
    [
      /rules on a metric/,
      ruleOf({
        condition: { case: 'offline', value: {} },
        noData: { policy: NoDataPolicy.ALERT, afterMs: 60_000 },
      }).spec,
    ],
    [
      /at most 20 labels/,
      metricRule({}, { labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, 'x'])) })
        .spec,
    ],
    [/not a label: "Bad Name"/, metricRule({}, { labels: { 'Bad Name': 'x' } }).spec],
    [/has the label severity already/, metricRule({}, { labels: { severity: 'x' } }).spec],
    [/has the label mount already/, metricRule({}, { labels: { mount: 'x' } }).spec],
    [/label team needs a value/, metricRule({}, { labels: { team: '' } }).spec],
    [/agent of the scope/, metricRule({}, { scope: { scope: { case: 'agent', value: 'web-1' } } }).spec],
    [/not a tag/, metricRule({}, { scope: { scope: { case: 'tag', value: 'a b' } } }).spec],
    [/named by its id/, metricRule({}, { escalationPolicy: 'night' }).spec],
    [/web address/, metricRule({}, { runbookUrl: 'javascript:alert(1)' }).spec],
    [/only the platform’s own/, ruleOf(platform).spec],
    [
      /says nothing of "speed"/,
      ruleOf({ condition: { case: 'platform', value: { ...platform.condition.value, metric: 'speed' } } })
        .spec,
      'system',
    ],
    [
      /concerns no agent/,
      ruleOf({ ...platform, scope: { scope: { case: 'tag', value: 'web' } } }).spec,
      'system',
    ],
  ]
  for (const [reason, wrong, tenant = 'main'] of cases)
    test(String(reason), () =>
      assert.throws(
        () => rule.decide({ ...creation, tenant, spec: wrong }, undefined),
        (error) => error instanceof Rejected && error.code === 'invalid' && reason.test(error.message),
      ),
    )
})
