// Random nights of one shard: samples of several agents, holes, late and wrong clocks, ticks with and without a gateway, rules
// and names that change.

import { create } from '@bufbuild/protobuf'
import { Aggregation, Comparison, NoDataPolicy, ScopeSchema } from '@secumon/contracts/gen/rule'
import fc from 'fast-check'
import { DEAF, gatewayHeard, ticked, type Hearing } from '../agent-status.ts'
import type { Decision } from '../evaluation/decision.ts'
import { Evaluator } from '../evaluation/evaluator.ts'
import type { RuleInForce, RuleSet } from '../evaluation/rule-set.ts'
import { decodeEvaluator, encodeEvaluator } from '../evaluation/saved-state.ts'
import { agentOf, forecastRule, frameOf, metricRule, readableId, ruleOf, ruleSet, START_MS } from './shard.ts'

/** Between two frames. */
export const FRAME_S = 10
const AGENTS = ['A', 'B', 'C'].map((letter) => letter.padStart(26, '0'))
const window = { aggregation: Aggregation.AVG, windowMs: 60_000 }

const RULES: readonly RuleInForce[] = [
  metricRule(),
  metricRule({ recovery: 70 }, { durationMs: 20_000, keepFiringMs: 20_000 }),
  metricRule({ ...window }, { noData: { policy: NoDataPolicy.ALERT, afterMs: 60_000 } }),
  metricRule({ metric: 'disk.usage_percent' }, { noData: { policy: NoDataPolicy.RESOLVE, afterMs: 60_000 } }),
  metricRule({ metric: 'disk.usage_percent', dimension: '/h*', ...window, aggregation: Aggregation.MAX }),
  metricRule({ metric: 'network.receive_bytes', threshold: 500, ...window }),
  metricRule({ aggregation: Aggregation.RATE, windowMs: 30_000, threshold: 1 }),
  metricRule(
    { comparison: Comparison.LT, threshold: 5 },
    { scope: create(ScopeSchema, { scope: { case: 'tag', value: 'web' } }) },
  ),
  forecastRule({ windowMs: 600_000 }),
  ruleOf({ condition: { case: 'offline', value: {} }, durationMs: 10_000 }),
  {
    ...ruleOf({
      condition: { case: 'platform', value: { metric: 'holes', comparison: Comparison.GT, threshold: 0 } },
    }),
    tenant: 'system',
  },
].map((rule, i) => ({ ...rule, id: `RULE${i}` }))

const percent = fc.constantFrom(0, 50, 80, 89, 91, 95, 99)
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('frame' as const),
      times: fc.constantFrom(1, 1, 1, 25),
      agent: fc.constantFrom(...AGENTS),
      cpu: percent,
      disk: percent,
      agoS: fc.constantFrom(0, 0, 0, 0, 5, 45, 600, -300),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      times: fc.constantFrom(1, 1, 1, 20),
      deaf: fc.constantFrom(false, false, false, true),
      gateway: fc.constantFrom('one', 'one', 'two'),
      holes: fc.constantFrom(0, 0, 1),
      waitS: fc.constantFrom(5, 5, 5, 5, 40, 400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rules' as const),
      dropped: fc.subarray(RULES.map(({ id }) => id)),
      retired: fc.subarray(AGENTS),
      renamed: fc.subarray(AGENTS),
      team: fc.constantFrom('day', 'night'),
    }),
  },
)
/** What happens in one night. */
export const night = fc.array(step, { minLength: 20, maxLength: 250 })
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What is other than at the beginning. */
export type Change = Pick<Extract<Step, { kind: 'rules' }>, 'dropped' | 'retired' | 'renamed' | 'team'>

export const UNCHANGED: Change = { dropped: [], retired: [], renamed: [], team: 'day' }

/** What an agent is called after a change. */
export const nameOf = (id: string, { renamed }: Change): string => (renamed.includes(id) ? `${id}-new` : id)

const rulesAfter = (change: Change): RuleSet =>
  ruleSet(
    RULES.filter(({ id }) => !change.dropped.includes(id)).map((rule, i) =>
      i % 2 === 0 ? rule : { ...rule, spec: { ...rule.spec, labels: { team: change.team } } },
    ),
    Object.fromEntries(
      AGENTS.map((id, i) => [
        id,
        agentOf({ name: nameOf(id, change), tags: i ? ['web'] : [], retired: change.retired.includes(id) }),
      ]),
    ),
  )

/** An evaluator in its night. */
export type World = {
  evaluator: Evaluator
  hearing: Hearing
  nowS: number
  activations: number
  readonly sequences: Map<string, number>
}

/** Before anything happened. */
export const newWorld = (): World => {
  const evaluator = new Evaluator({ alertId: readableId })
  evaluator.take(rulesAfter(UNCHANGED), { atMs: START_MS, version: 1 })
  return { evaluator, hearing: DEAF, nowS: 0, activations: 1, sequences: new Map() }
}

/** Has one step happen. */
export const live = (world: World, one: Step): Decision[] =>
  one.kind === 'rules'
    ? world.evaluator.take(rulesAfter(one), {
        atMs: START_MS + world.nowS * 1000,
        version: ++world.activations,
      })
    : Array.from({ length: one.times }, () =>
        one.kind === 'frame' ? hear(world, one) : pass(world, one),
      ).flat()

function pass(world: World, { deaf, gateway, holes, waitS }: Extract<Step, { kind: 'tick' }>): Decision[] {
  world.nowS += waitS
  const atMs = START_MS + world.nowS * 1000
  if (!deaf) world.hearing = gatewayHeard(world.hearing, gateway, atMs)
  world.hearing = ticked(world.hearing, atMs)
  return world.evaluator.tick(world.hearing, world.hearing.tickMs, new Map([['holes', holes]]))
}

function hear(world: World, { agent, cpu, disk, agoS }: Extract<Step, { kind: 'frame' }>): Decision[] {
  const sequence = (world.sequences.get(agent) ?? 0) + 1
  world.sequences.set(agent, sequence)
  const receivedS = (world.nowS += FRAME_S)
  const skipped = cpu > 90 ? 1 : 0
  const values = {
    host: { cpuUsagePercent: cpu },
    filesystems: { mount: ['/', '/home'].slice(skipped), usagePercent: [disk, cpu].slice(skipped) },
    networks: { interface: ['eth0'], receiveBytes: [disk * 100] },
  }
  return world.evaluator.frame(frameOf({ agent, sequence, atS: receivedS - agoS, receivedS, values }))
}

/** All that is decided in a night. @param after called after each step */
export const deciding = (
  steps: readonly Step[],
  after: (world: World, i: number) => void = () => undefined,
): Decision[] => {
  const world = newWorld()
  return steps.flatMap((one, i) => {
    const decisions = live(world, one)
    after(world, i)
    return decisions
  })
}

/** Goes on from what was saved. */
export const restart = (world: World): void => {
  world.evaluator = decodeEvaluator(encodeEvaluator(world.evaluator), { alertId: readableId })
}
