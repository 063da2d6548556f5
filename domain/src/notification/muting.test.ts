import { create } from '@bufbuild/protobuf'
import {
  MaintenanceCancelledSchema,
  MaintenancePlannedSchema,
  SilenceEndedSchema,
} from '@secumon/contracts/gen/muting'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { label, Night, NIGHT_MS, step, TENANT } from '../testing/night.ts'
import { explain, silencePreview } from './explain.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

const quietHost = label('agent', 'web-1')
const night = (): Night =>
  new Night()
    .channel('slack')
    .policy('p', { groupBy: ['agent'], groupIntervalMs: 5 * MINUTE_MS, steps: [step(0, 'slack')] })

describe('a silence', () => {
  test('mutes what it matches, says so, and what is still firing is told when it ends', () => {
    const told = night().silence('s', HOUR_MS, quietHost).fire('a').fire('b', { agent: 'db-1' })
    assert.deepEqual(told.settleDown(), ['slack: first b firing'])
    assert.equal(told.muted('a'), 'silence by s')
    assert.deepEqual(told.pass(HOUR_MS - 1), [])
    assert.deepEqual(told.pass(1), ['slack: first a firing'])
    assert.equal(told.muted('a'), undefined)
  })

  test('what is over before it ends is not told', () => {
    const told = night().silence('s', HOUR_MS, quietHost).fire('a')
    told.pass(MINUTE_MS)
    assert.deepEqual(told.resolve('a').pass(2 * HOUR_MS), [])
  })

  test('made after the first message it stops what would follow, but for the end', () => {
    const told = night().fire('a')
    told.settleDown()
    told.silence('s', HOUR_MS, quietHost)
    assert.deepEqual(told.pass(30 * MINUTE_MS), [])
    assert.deepEqual(told.resolve('a').pass(MINUTE_MS), ['slack: resolved a resolved'])
  })

  test('that ends early lets through what still fires, as a change of what was told', () => {
    const told = night().fire('a')
    told.settleDown()
    told.silence('s', HOUR_MS, quietHost).pass(10 * MINUTE_MS)
    told.write('silence', 's', { case: 'silenceEnded', value: create(SilenceEndedSchema) })
    assert.deepEqual(told.settleDown(), ['slack: changed a firing'])
  })

  test('is previewed: what it would mute that nothing mutes yet', () => {
    const told = night()
      .fire('a')
      .fire('b')
      .fire('c', { agent: 'db-1' })
      .silence('s', HOUR_MS, label('rule', 'rule'), label('agent', 'db-1'))
    told.settleDown()
    const { nowMs, state } = told
    assert.deepEqual(silencePreview(state, { tenant: TENANT, matchers: [quietHost] }, nowMs), ['a', 'b'])
    assert.deepEqual(silencePreview(state, { tenant: TENANT, matchers: [label('rule', 'rule')] }, nowMs), [
      'a',
      'b',
    ])
    assert.deepEqual(silencePreview(state, { tenant: 'other', matchers: [quietHost] }, nowMs), [])
  })
})

describe('a maintenance', () => {
  const spec = {
    name: 'patch night',
    timeZone: 'UTC',
    startsAt: '2026-11-23T02:00:00',
    durationMs: HOUR_MS,
    recurrence: 'FREQ=DAILY',
    matchers: [quietHost],
  }
  const planned = (): Night =>
    night().write('maintenance', 'm', {
      case: 'maintenancePlanned',
      value: create(MaintenancePlannedSchema, { spec }),
    })

  test('mutes in each of its windows, and at its end tells what is still firing', () => {
    const told = planned()
    assert.deepEqual(told.pass(2.5 * HOUR_MS), [])
    assert.deepEqual(told.fire('a').pass(MINUTE_MS), [])
    assert.equal(told.muted('a'), 'maintenance by m')
    assert.deepEqual(told.pass(29 * MINUTE_MS), ['slack: first a firing'])
    told.resolve('a').pass(23.5 * HOUR_MS)
    assert.deepEqual(told.fire('b').pass(MINUTE_MS), [])
    assert.equal(told.muted('b'), 'maintenance by m')
  })

  test('that is cancelled mutes nothing any more', () => {
    const told = planned()
    told.pass(2.5 * HOUR_MS)
    told.fire('a').settleDown()
    told.write('maintenance', 'm', {
      case: 'maintenanceCancelled',
      value: create(MaintenanceCancelledSchema),
    })
    assert.deepEqual(told.settleDown(), ['slack: first a firing'])
  })

  test('that cannot be computed mutes nothing, and nobody stumbles over it', () => {
    const told = planned()
    const recurrences = {
      hourly: 'FREQ=HOURLY',
      none: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
      month: 'BYMONTH=13',
    }
    for (const [id, recurrence] of Object.entries(recurrences))
      told.write('maintenance', id, {
        case: 'maintenancePlanned',
        value: create(MaintenancePlannedSchema, { spec: { ...spec, matchers: [], recurrence } }),
      })
    assert.deepEqual(told.fire('a').settleDown(), ['slack: first a firing'])
    told.pass(2.5 * HOUR_MS)
    assert.deepEqual(told.fire('b').fire('c', { agent: 'db-1' }).pass(MINUTE_MS), ['slack: first c firing'])
    assert.equal(told.muted('b'), 'maintenance by m')
    told.write('maintenance', 'hourly', {
      case: 'maintenanceCancelled',
      value: create(MaintenanceCancelledSchema),
    })
    assert.deepEqual(told.settleDown(), [])
  })
})

describe('a host that is offline', () => {
  test('is told alone: its other alerts are muted by it', () => {
    const told = night().offline('off').fire('a').fire('b', { agent: 'db-1' })
    assert.deepEqual(told.settleDown(), ['slack: first b firing', 'slack: first off firing'])
    assert.equal(told.muted('a'), 'dependency by off')
  })

  test('back again, its other alerts have a moment to be over', () => {
    const told = night().offline('off').fire('a').fire('b')
    told.settleDown()
    assert.deepEqual(told.resolve('off').settleDown(), ['slack: resolved off resolved'])
    assert.deepEqual(told.pass(10 * SECOND_MS), [])
    told.resolve('a')
    assert.deepEqual(told.pass(20 * SECOND_MS), ['slack: first b firing'])
  })

  test('silence of a metric waits a moment: it may be the host’s', () => {
    const told = night().fire('a', { noData: true })
    assert.deepEqual(told.pass(5 * SECOND_MS), [])
    assert.deepEqual(told.offline('off').pass(HOUR_MS), ['slack: first off firing'])
    const alone = night().fire('a', { noData: true })
    assert.deepEqual(alone.pass(10 * SECOND_MS), ['slack: first a firing'])
  })
})

test('what flaps is told when it has settled', () => {
  const told = night().fire('a')
  told.settleDown()
  told.flap('a')
  assert.deepEqual(told.pass(HOUR_MS), [])
  assert.equal(told.muted('a'), 'flapping by a')
  assert.deepEqual(told.settle('a').resolve('a').pass(MINUTE_MS), ['slack: resolved a resolved'])
})

describe('what happened while nothing could be told', () => {
  test('late alerts page nobody by themselves, and are told in one message', () => {
    const told = night().fire('a', { late: true })
    told.pass(30 * SECOND_MS)
    told.fire('b', { late: true, agent: 'db-1' }).resolve('b').fire('c', { late: true })
    assert.deepEqual(told.pass(59 * SECOND_MS), [])
    assert.equal(told.muted('a'), 'late by ')
    assert.deepEqual(told.pass(SECOND_MS), ['slack: summary a firing, c firing, b resolved'])
    assert.equal(told.muted('a'), undefined)
    assert.deepEqual(told.resolve('a', 'c').pass(MINUTE_MS), ['slack: resolved a resolved, c resolved'])
  })

  test('what was decided long after it happened pages if it is still firing a minute later', () => {
    const told = night()
      .fire('a', { agoMs: 10 * MINUTE_MS })
      .fire('b', { agoMs: 10 * MINUTE_MS })
    told.pass(20 * SECOND_MS)
    told.resolve('b')
    assert.deepEqual(told.pass(40 * SECOND_MS), ['slack: first a firing'])
    assert.deepEqual(told.pass(20 * SECOND_MS), ['slack: summary b resolved'])
  })

  test('what fired and was over while nobody looked is told afterwards, unless it was muted then', () => {
    const told = night().silence('s', HOUR_MS, label('agent', 'db-1'))
    told.fire('a').fire('b', { agent: 'db-1' }).resolve('a', 'b')
    told.nowMs += 20 * MINUTE_MS
    assert.deepEqual(told.settleDown(), ['slack: summary a resolved'])
    assert.equal(told.state.tenants.get(TENANT)?.alerts.size, 0)
  })

  test('what fires since before is told when somebody looks again', () => {
    const told = night().fire('a')
    told.nowMs += 3 * HOUR_MS
    assert.deepEqual(told.settleDown(), ['slack: first a firing'])
  })
})

test('every stage says what it thinks of an alert, in order', () => {
  const told = night().silence('s', HOUR_MS, quietHost).fire('a').fire('b', { agent: 'db-1' })
  told.settleDown()
  const words = (alert: string): string[] | undefined =>
    explain(told.state, { tenant: TENANT, alert }, told.nowMs)?.map(
      ({ stage, outcome }) => `${stage} ${outcome}`,
    )
  const passed = ['late', 'dependency', 'unknown_host', 'flapping', 'maintenance'].map(
    (stage) => `${stage} pass`,
  )
  assert.deepEqual(words('a'), [
    ...passed,
    'silence mute',
    'no_policy pass',
    'active_hours pass',
    'grouping pass',
  ])
  assert.deepEqual(words('b')?.slice(5), [
    'silence pass',
    'no_policy pass',
    'active_hours pass',
    'grouping pass',
    'deduplication hold',
    'escalation_step pass',
    'channel pass',
  ])
  assert.equal(words('gone'), undefined)
  assert.ok(told.nowMs >= NIGHT_MS)
})
