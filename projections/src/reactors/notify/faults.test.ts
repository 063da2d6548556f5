import { decide, lookAgain } from '@secumon/domain/notification/decide'
import { deliveries } from '@secumon/domain/notification/deliveries'
import { evolve } from '@secumon/domain/notification/evolve'
import { nextWakeMs } from '@secumon/domain/notification/next-wake'
import { emptyNotifyState, tenantOf } from '@secumon/domain/notification/state'
import { Night, NIGHT_MS, OPTIONS, step } from '@secumon/domain/testing/night'
import { silentLogger } from '@secumon/infra/eventlog/test-event-log'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { Faults } from './faults.ts'
import { notifyMetrics } from './notify-metrics.ts'

const SECOND_MS = 1_000
const TENANTS = ['bad', 'good', 'late']

// The same happens to three tenants; deciding for one of them is broken.
function threeTenants() {
  const state = emptyNotifyState(OPTIONS)
  const night = new Night()
    .channel('slack')
    .policy('p', { steps: [step(0, 'slack')] })
    .fire('a')
  for (const tenant of TENANTS) for (const fact of night.log) evolve(state, { ...fact, tenant })
  const { policies } = tenantOf(state, 'bad')
  const defect = (): never => {
    throw new Error('a defect')
  }
  Object.defineProperty(policies, 'values', { value: defect, configurable: true })
  return { state, heal: () => Reflect.deleteProperty(policies, 'values') }
}

function faultsUnderTest() {
  const registry = new Registry()
  const failing: number[] = []
  const metrics = notifyMetrics(registry)
  const told: string[] = []
  const onFailure = ({ message }: Error): void => void told.push(message)
  const onFailing = (tenants: number): void => void failing.push(tenants)
  return {
    faults: new Faults({ logger: silentLogger, metrics, part: 2, onFailing, onFailure }),
    registry,
    failing,
    told,
  }
}

test('a tenant for whom deciding fails is left alone for longer and longer, and no other', async () => {
  const { state, heal } = threeTenants()
  const { faults, registry, failing, told } = faultsUnderTest()
  const failures = async () =>
    (await registry.getSingleMetric('secumon_notify_failures_total')?.get())?.values[0]?.value
  const round = (atMs: number): string[] => {
    const nowMs = NIGHT_MS + atMs
    faults.round(nowMs, (tenant) => lookAgain(state, tenantOf(state, tenant), nowMs))
    assert.deepEqual(deliveries(state, nowMs, faults.contain), [])
    assert.ok(nextWakeMs(state, nowMs, faults.contain) > 0)
    return [...new Set(decide(state, nowMs, faults.contain).map(({ tenant }) => tenant))]
  }
  assert.deepEqual(round(0), ['good', 'late'])
  assert.deepEqual(failing, [1])
  assert.deepEqual(round(4 * SECOND_MS), ['good', 'late'])
  assert.equal(await failures(), 1)
  assert.deepEqual(round(5 * SECOND_MS), ['good', 'late'])
  assert.equal(await failures(), 2)
  assert.equal(told[1], 'nobody of bad is told: a defect')
  heal()
  assert.deepEqual(round(14 * SECOND_MS), ['good', 'late'])
  assert.deepEqual(round(15 * SECOND_MS), TENANTS)
  assert.deepEqual(round(16 * SECOND_MS), TENANTS)
  assert.equal(failing.at(-1), 0)
  assert.equal(await failures(), 2)
})

test('a rest ends where the clock was put back', () => {
  const { faults } = faultsUnderTest()
  const tried: string[] = []
  faults.round(NIGHT_MS, () => {})
  faults.contain('bad', () => {
    throw new Error('a defect')
  })
  faults.round(NIGHT_MS - 3_600 * SECOND_MS, (tenant) => tried.push(tenant))
  assert.deepEqual(tried, ['bad'])
})

test('what was not taken in is told of, and the state is not complete', () => {
  const { faults, failing } = faultsUnderTest()
  assert.equal(faults.isComplete, true)
  const fact = { tenant: 'bad', aggregate: 'alert', id: 'a', version: 1, atMs: 0, events: [] }
  faults.unfolded(fact, new Error('a defect'))
  faults.unfolded({ ...fact, version: 2 }, new Error('a defect'))
  assert.equal(
    faults.contain('bad', () => 'told'),
    'told',
  )
  assert.deepEqual([faults.isComplete, failing.at(-1)], [false, 1])
  faults.end()
  assert.equal(failing.at(-1), 0)
})
