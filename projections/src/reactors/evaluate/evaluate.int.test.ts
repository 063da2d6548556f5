import { create } from '@bufbuild/protobuf'
import {
  Aggregation,
  Comparison,
  RuleChangedSchema,
  RuleCreatedSchema,
  RuleSpecSchema,
  type RuleSpec,
} from '@secumon/contracts/gen/rule'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { agentId, envelope, RecordedLane, tick } from '../../testing/recorded.ts'
import type { Appended } from '../../testing/memory-log.ts'
import { STREAM, T0, testDatabase } from '../../testing/recorder.ts'
import { ShardRig, type Running } from '../testing/shard-rig.ts'

const db = await testDatabase({ after })

const STEP_MS = 10_000
const AGENTS = [1, 2, 3].map(agentId)
const RULE = agentId(900)
const EVERYONE = { scope: { case: 'everyone' as const, value: {} } }

const cpuAbove = (threshold: number, durationMs: number): RuleSpec =>
  create(RuleSpecSchema, {
    name: 'cpu',
    scope: EVERYONE,
    durationMs,
    condition: {
      case: 'metric',
      value: {
        metric: 'cpu.usage_percent',
        comparison: Comparison.GT,
        threshold,
        aggregation: Aggregation.LAST,
      },
    },
  })

const created = (spec: RuleSpec, tenant = 'main'): Appended =>
  envelope({
    tenant,
    aggregate: 'rule',
    id: RULE,
    version: 1,
    events: [{ event: { case: 'ruleCreated', value: create(RuleCreatedSchema, { spec, enabled: true }) } }],
  })
const changed = (spec: RuleSpec): Appended =>
  envelope({
    aggregate: 'rule',
    id: RULE,
    version: 2,
    events: [{ event: { case: 'ruleChanged', value: create(RuleChangedSchema, { spec }) } }],
  })

/** Judges a fact by the rules in force, and is killed once what it decided is in the log. */
async function judgedThenKilled(rig: ShardRig, fact: Appended): Promise<void> {
  const running = rig.start()
  await rig.inForce()
  rig.feed(fact)
  await rig.settled()
  await running.kill()
}

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Samples of one agent, of moments ten seconds apart, stored when they were made. */
function sampler(): (step: number, cpuUsagePercent: number) => Appended {
  const lane = new RecordedLane(agentId(1))
  return (step, cpuUsagePercent) => {
    const atMs = T0 + step * STEP_MS
    const times = { atMs: BigInt(atMs), intervalMs: STEP_MS, periodMs: STEP_MS }
    const frame = lane.frame({ receivedAtMs: atMs }, { ...times, host: { cpuUsagePercent } })
    const storedAt = new Date(atMs).toISOString()
    return { ...frame, headers: { ...frame.headers, 'Nats-Time-Stamp': storedAt } }
  }
}

/** The names of the events of each alert, the longest story first. */
const eventsIn = (rig: ShardRig): string[][] =>
  Object.values(rig.alerts())
    .map((lines) => lines.map((line) => (JSON.parse(line) as [string])[0]))
    .toSorted((a, b) => b.length - a.length)

type Step = readonly Appended[]

/** Agents whose load goes up and down. */
function history(seed: number, steps: number): Step[] {
  const next = numbers(seed)
  const lanes = AGENTS.map((agent) => new RecordedLane(agent))
  const busy = AGENTS.map(() => false)
  return Array.from({ length: steps }, (_, i) => {
    const atMs = T0 + i * STEP_MS
    const frames = lanes.flatMap((lane, n) => {
      if (next() < 0.2) busy[n] = !busy[n]
      const cpuUsagePercent = (busy[n] ? 85 : 20) + Math.round(next() * 10)
      const observation = {
        atMs: BigInt(atMs),
        intervalMs: STEP_MS,
        periodMs: STEP_MS,
        host: { cpuUsagePercent },
      }
      return [lane.frame({ receivedAtMs: atMs }, observation)]
    })
    return [...frames, tick(atMs + 1)]
  })
}

type Interrupt = (rig: ShardRig, running: Running, step: number) => Promise<Running>

/** The history with a change of the rule, and its name, in its middle; between steps something may happen to the evaluator. */
async function run(steps: readonly Step[], interrupt: Interrupt): Promise<Record<string, string[]>> {
  const rig = await new ShardRig(db).reset()
  rig.register(...AGENTS)
  rig.event(created(cpuAbove(90, 0)))
  let running = rig.start()
  await rig.inForce()
  for (const [i, step] of steps.entries()) {
    if (i === steps.length >> 1) {
      await rig.judged()
      rig.event(changed({ ...cpuAbove(88, 2 * STEP_MS), name: 'cpu is high' }))
      await rig.inForce()
    }
    rig.feed(...step)
    running = await interrupt(rig, running, i)
  }
  await running.kill()
  const last = rig.start()
  await rig.settled()
  await last.kill()
  return rig.alerts()
}

describe('an evaluator', () => {
  test('decides the same however often it is killed and started again', async () => {
    for (const seed of [1, 2]) {
      const steps = history(seed, 40)
      const whole = await run(steps, async (_, running) => running)
      assert.ok(Object.keys(whole).length > 5, 'the history has alerts')
      assert.match(Object.values(whole).join(), /alertRelabelled/)
      const next = numbers(seed + 100)
      const killed = await run(steps, async (rig, running) => {
        if (next() > 0.4) return running
        if (next() < 0.5) await rig.judged()
        await running.kill()
        return rig.start(next() < 0.3 ? Infinity : 0)
      })
      assert.deepEqual(killed, whole)
    }
  })

  test('decides the same when all comes at once', async () => {
    const steps = history(3, 60)
    const half = steps.length >> 1
    const one = await run(steps, async (rig, running) => {
      await rig.settled()
      return running
    })
    const at = await run(
      [steps.slice(0, half).flat(), steps.slice(half).flat()],
      async (_, running) => running,
    )
    assert.deepEqual(at, one)
  })

  test('two that both believe to lead decide nothing twice, and the older one ends', async () => {
    const steps = history(4, 40)
    const whole = await run(steps, async (_, running) => running)
    const overlapping = await run(steps, async (rig, running, step) => {
      if (step % 7 !== 3) return running
      const taker = rig.start()
      await running.failure
      await running.kill()
      return taker
    })
    assert.deepEqual(overlapping, whole)
  })

  test('goes on with the alerts that are open when its state is lost', async () => {
    const rig = await new ShardRig(db).reset()
    const sample = sampler()
    rig.register(agentId(1))
    rig.event(created(cpuAbove(90, 0)))
    await judgedThenKilled(rig, sample(1, 95))
    await rig.reset()
    rig.feed(sample(2, 96))
    const second = rig.start()
    await rig.judged()
    rig.feed(sample(3, 97), sample(4, 10))
    await rig.settled()
    await second.kill()
    assert.deepEqual(eventsIn(rig), [['alertPending', 'alertFired', 'alertResolved']])
  })

  test('goes on with the alerts of the platform too', async () => {
    const rig = await new ShardRig(db).reset()
    const condition = { metric: 'holes', comparison: Comparison.GT, threshold: 0 }
    const spec = {
      name: 'holes',
      scope: EVERYONE,
      condition: { case: 'platform' as const, value: condition },
    }
    rig.event(created(create(RuleSpecSchema, spec), 'system'))
    await judgedThenKilled(rig, tick(T0, { holes: 1 }))
    await rig.reset()
    const second = rig.start()
    await rig.judged()
    rig.feed(tick(T0 + STEP_MS, { holes: 1 }), tick(T0 + 2 * STEP_MS, { holes: 0 }))
    await rig.settled()
    await second.kill()
    assert.deepEqual(eventsIn(rig), [['alertPending', 'alertFired', 'alertResolved']])
  })

  test('has nothing to judge again after it was told to stop', async () => {
    const rig = await new ShardRig(db).reset()
    const sample = sampler()
    rig.register(agentId(1))
    rig.event(created(cpuAbove(90, 0)))
    const told = rig.start(Infinity, 20_000)
    await rig.inForce()
    rig.feed(sample(1, 95))
    await rig.judged()
    const judged = await rig.counted('position')
    await told.kill()
    assert.ok((await rig.saved()) >= judged)
    assert.equal(Object.keys(rig.alerts()).length, 1, 'what is saved is decided')
  })

  test('says what it missed where the log let go of it, and goes on with what is held once that is enough', async () => {
    const rig = await new ShardRig(db).reset()
    const sample = sampler()
    rig.register(agentId(1))
    rig.event(created(cpuAbove(90, 0)))
    await judgedThenKilled(rig, sample(1, 95))
    const { last: judged } = await rig.log.bounds(STREAM)
    // What the log lets go of; what only fills the windows, a quarter of an hour of it; and what is judged.
    rig.feed(...[10, 99, 99].map((cpu, i) => sample(2 + i, cpu)))
    rig.feed(...[10, 99, 20].map((cpu, i) => sample(5 + i, cpu)))
    rig.feed(...[98, 30, 97].map((cpu, i) => sample(200 + i, cpu)))
    rig.log.purge(STREAM, judged + 3)
    const second = rig.start()
    await comesTrue('it has begun', async () => (await rig.counted('activations_total')) > 0)
    await rig.settled()
    await second.kill()
    assert.ok((await rig.counted('missed_total')) >= 3)
    assert.deepEqual(eventsIn(rig), [
      ['alertPending', 'alertFired', 'alertResolved'],
      ['alertPending', 'alertFired'],
    ])
  })
})
