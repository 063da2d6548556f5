// Laws of the evaluator, over random nights: samples of several agents, holes, late and wrong clocks, ticks with and without
// a gateway, rules that change.

import { create } from '@bufbuild/protobuf'
import { Aggregation, Comparison, NoDataPolicy, ScopeSchema } from '@secumon/contracts/gen/rule'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alert, type AlertState } from '../alert/alert.ts'
import { DEAF, gatewayHeard, ticked, type Hearing } from '../agent-status.ts'
import {
  agentOf,
  forecastRule,
  frameOf,
  metricRule,
  readableId,
  ruleOf,
  ruleSet,
  START_MS,
} from '../testing/shard.ts'
import type { OpenAlert } from './adopt-alerts.ts'
import type { Decision } from './decision.ts'
import { Evaluator } from './evaluator.ts'
import type { RuleInForce } from './rule-set.ts'
import { decodeEvaluator, encodeEvaluator } from './saved-state.ts'
import { joined } from './state-bytes.ts'
import { readState, type SavedState } from './state-codec.ts'

const FRAME_S = 10
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
    }),
  },
)
const night = fc.array(step, { minLength: 20, maxLength: 250 })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const rulesWithout = (dropped: readonly string[], retired: readonly string[]) =>
  ruleSet(
    RULES.filter(({ id }) => !dropped.includes(id)),
    Object.fromEntries(
      AGENTS.map((id, i) => [
        id,
        agentOf({ name: id, tags: i ? ['web'] : [], retired: retired.includes(id) }),
      ]),
    ),
  )

type World = { evaluator: Evaluator; hearing: Hearing; nowS: number; readonly sequences: Map<string, number> }

const newWorld = (): World => {
  const evaluator = new Evaluator({ alertId: readableId })
  evaluator.take(rulesWithout([], []), START_MS)
  return { evaluator, hearing: DEAF, nowS: 0, sequences: new Map() }
}

const live = (world: World, one: Step): Decision[] =>
  one.kind === 'rules'
    ? world.evaluator.take(rulesWithout(one.dropped, one.retired), START_MS + world.nowS * 1000)
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

const deciding = (
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

const restart = (world: World): void => {
  world.evaluator = decodeEvaluator(encodeEvaluator(world.evaluator), { alertId: readableId })
}

/** In whatever order its agents were written. */
function stateIn(bytes: Uint8Array): SavedState {
  const state = readState(bytes)
  return { ...state, agents: state.agents.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

test('saved and gone on with anywhere, it decides the same', () =>
  fc.assert(
    fc.property(night, fc.integer({ min: 1, max: 20 }), (steps, every) => {
      const restarted = deciding(steps, (world, i) => void (i % every === 0 && restart(world)))
      assert.deepEqual(restarted, deciding(steps))
    }),
    { numRuns: 60 },
  ))

test('what is saved while it goes on is the state when that began, and comes to the same decisions again', () =>
  fc.assert(
    fc.property(night, fc.nat(), (steps, at) => {
      const place = at % steps.length
      const world = newWorld()
      const before = steps.slice(0, place).flatMap((one) => live(world, one))
      const then = encodeEvaluator(world.evaluator)
      const saving = world.evaluator.beginSaving()
      const { hearing, nowS } = world
      const sequences = new Map(world.sequences)
      const first = steps.slice(place).flatMap((one, i) => {
        if (i % 2 === 1) saving.write(1)
        return live(world, one)
      })
      const bytes = joined(saving.finish())
      assert.deepEqual(stateIn(bytes), stateIn(then))
      const again = { evaluator: decodeEvaluator(bytes, { alertId: readableId }), hearing, nowS, sequences }
      assert.deepEqual(
        steps.slice(place).flatMap((one) => live(again, one)),
        first,
      )
      assert.deepEqual([...before, ...first], deciding(steps))
    }),
    { numRuns: 40 },
  ))

/** Alerts as EVENTS have them. */
type Recorded = Map<string, { readonly tenant: string; readonly state: AlertState }>

function record(states: Recorded, decisions: readonly Decision[]): void {
  for (const { alert: id, tenant, command, key } of decisions) {
    const events = alert.decide(command, states.get(id)?.state)
    assert.ok(events.length > 0, `${key} changed nothing`)
    states.set(id, { tenant, state: events.reduce<AlertState>(alert.evolve, states.get(id)?.state) })
  }
}

test('every decision changes its alert, none comes after its end, and a series has one alert at a time', () =>
  fc.assert(
    fc.property(night, (steps) => {
      const states: Recorded = new Map()
      const open = new Map<string, string>()
      const keys = new Set<string>()
      for (const decision of deciding(steps)) {
        const { alert: id, key } = decision
        assert.ok(!keys.has(key), `twice: ${key}`)
        keys.add(key)
        record(states, [decision])
        assert.equal(open.get(seriesOf(id)) ?? id, id, `${seriesOf(id)} has two alerts`)
        if (states.get(id)?.state?.phase === 'resolved') open.delete(seriesOf(id))
        else open.set(seriesOf(id), id)
      }
    }),
    { numRuns: 100 },
  ))

/** Rule, agent and dimension of a readable id. */
const seriesOf = (id: string): string => id.split('|').slice(0, 3).join('|')

const openOf = (states: Recorded): OpenAlert[] =>
  [...states].flatMap(([id, { tenant, state }]) =>
    state && state.phase !== 'resolved' ? [{ id, tenant, state }] : [],
  )

/** A new evaluator that has read the newest frames of these steps, and whose decisions went nowhere. */
function rebuilt(world: World, steps: readonly Step[]): World {
  const rules = steps.findLast(({ kind }) => kind === 'rules')
  const frames = steps.slice(-30).filter((one) => one.kind === 'frame')
  const nowS = world.nowS - frames.reduce((sum, { times }) => sum + times * FRAME_S, 0)
  const fresh: World = { ...newWorld(), nowS, hearing: world.hearing }
  for (const one of [...(rules ? [rules] : []), ...frames]) live(fresh, one)
  fresh.evaluator.tick(world.hearing, world.hearing.tickMs)
  return { ...fresh, sequences: world.sequences }
}

test('after a memory was lost, alerts that are open are gone on with and no series has two', () =>
  fc.assert(
    fc.property(night, fc.nat(), (steps, at) => {
      const lostAt = at % steps.length
      const states: Recorded = new Map()
      let world = newWorld()
      steps.forEach((one, i) => {
        record(states, live(world, one))
        if (i !== lostAt) return
        world = rebuilt(world, steps.slice(0, i + 1))
        record(states, world.evaluator.adopt(openOf(states)))
      })
      const series = openOf(states).map(({ id }) => seriesOf(id))
      assert.equal(new Set(series).size, series.length)
    }),
    { numRuns: 60 },
  ))
