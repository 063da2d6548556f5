import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { label, Night, NIGHT_MS, OPTIONS, step, TENANT } from '../testing/night.ts'
import { decide } from './decide.ts'
import { restoreNotify } from './restore.ts'
import { saveNotify } from './saved-state.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** One after the other: at once to `slack`, then after 15 minutes to `sms`. */
const twoSteps = {
  groupBy: ['agent'],
  groupIntervalMs: 5 * MINUTE_MS,
  steps: [step(0, 'slack'), step(15 * MINUTE_MS, 'sms')],
}
const escalating = (): Night => new Night().channel('slack').channel('sms').policy('p', twoSteps)
const simple = (spec = {}): Night =>
  new Night()
    .channel('slack')
    .policy('p', { groupBy: ['agent'], groupIntervalMs: 5 * MINUTE_MS, steps: [step(0, 'slack')], ...spec })

const isForgotten = (night: Night): boolean => {
  const tenant = night.state.tenants.get(TENANT)
  return tenant !== undefined && tenant.alerts.size + tenant.incidents.size + tenant.messages.size === 0
}

describe('an incident', () => {
  test('is told at once, and its end to those who were told; then it is forgotten', () => {
    const night = simple()
    assert.deepEqual(night.fire('a').settleDown(), ['slack: first a firing'])
    assert.deepEqual(night.pass(HOUR_MS), [])
    assert.deepEqual(night.resolve('a').pass(HOUR_MS), ['slack: resolved a resolved'])
    assert.ok(isForgotten(night))
  })

  test('waits for its group before the first message, and for the interval before the next', () => {
    const night = simple({ groupWaitMs: 30 * SECOND_MS })
    assert.deepEqual(night.fire('a').pass(20 * SECOND_MS), [])
    assert.deepEqual(night.fire('b').pass(10 * SECOND_MS), ['slack: first a firing, b firing'])
    assert.deepEqual(night.fire('c').pass(299 * SECOND_MS), [])
    assert.deepEqual(night.pass(SECOND_MS), ['slack: changed a firing, b firing, c firing'])
  })

  test('of which nobody was told yet is over without a word', () => {
    const night = simple({ groupWaitMs: 30 * SECOND_MS })
    assert.deepEqual(night.fire('a').pass(20 * SECOND_MS), [])
    assert.deepEqual(night.resolve('a').pass(HOUR_MS), [])
    assert.ok(isForgotten(night))
  })

  test('says of some alerts that they are over while others are not', () => {
    const night = simple().fire('a')
    night.settleDown()
    assert.deepEqual(night.fire('b').pass(5 * MINUTE_MS), ['slack: changed a firing, b firing'])
    assert.deepEqual(night.resolve('a').pass(5 * MINUTE_MS), ['slack: changed b firing, a resolved'])
    assert.deepEqual(night.resolve('b').pass(MINUTE_MS), ['slack: resolved b resolved'])
  })

  test('says nothing of an end where that is not wanted', () => {
    const night = simple({ sendResolved: false }).fire('a')
    night.settleDown()
    assert.deepEqual(night.resolve('a').pass(HOUR_MS), [])
    assert.ok(isForgotten(night))
  })

  test('is another one for another group', () => {
    const night = simple().fire('a').fire('b', { agent: 'db-1' })
    assert.deepEqual(night.settleDown(), ['slack: first a firing', 'slack: first b firing'])
  })

  test('takes no more than it can tell of: the rest makes another one', () => {
    const night = simple({ groupBy: [] })
    for (let i = 0; i < 1_005; i++) night.fire(`a${String(i).padStart(4, '0')}`)
    const told = night.settleDown()
    assert.deepEqual(told.map((line) => line.split(',').length), [1_000, 5]) // prettier-ignore
  })
})

for (const isRestored of [false, true])
  test(`two incidents of one group come to their ends${isRestored ? ', restored meanwhile' : ''}`, () => {
    const told = simple().fire('b')
    const first = decide(told.state, told.nowMs)
    told.fire('a')
    // Nobody decides this; two who do not know of each other do.
    for (const decision of [...first, ...decide(told.state, told.nowMs)]) told.carryOut(decision)
    told.settleDown()
    assert.equal(told.state.tenants.get(TENANT)?.incidents.size, 2)
    if (isRestored) told.state = restoreNotify(OPTIONS, structuredClone(saveNotify(told.state)))
    told.resolve('a', 'b').pass(HOUR_MS)
    assert.ok(isForgotten(told))
    assert.equal(told.state.tenants.get(TENANT)?.derived.alsoIn.size, 0)
  })

describe('escalation', () => {
  test('goes step by step while nobody acknowledges, and each round again', () => {
    const night = escalating()
      .policy('p', { ...twoSteps, repeats: 1 })
      .fire('a')
    assert.deepEqual(night.settleDown(), ['slack: first a firing'])
    assert.deepEqual(night.pass(15 * MINUTE_MS), ['sms: escalated a firing'])
    assert.deepEqual(night.pass(15 * MINUTE_MS), ['slack: escalated a firing'])
    assert.deepEqual(night.pass(15 * MINUTE_MS), ['sms: escalated a firing'])
    assert.deepEqual(night.pass(24 * HOUR_MS), [])
  })

  test('the first step may have to wait too', () => {
    const night = simple({ steps: [step(MINUTE_MS, 'slack')] }).fire('a')
    assert.deepEqual(night.pass(59 * SECOND_MS), [])
    assert.deepEqual(night.pass(SECOND_MS), ['slack: first a firing'])
  })

  test('a step that reaches nobody is passed over', () => {
    const night = simple({ steps: [step(0, 'gone'), step(HOUR_MS, 'slack')] }).fire('a')
    assert.deepEqual(night.settleDown(), ['slack: first a firing'])
  })

  test('told again after the interval, to everybody who was reached', () => {
    const night = escalating()
      .policy('p', { ...twoSteps, repeatIntervalMs: HOUR_MS })
      .fire('a')
    night.pass(15 * MINUTE_MS)
    assert.deepEqual(night.pass(HOUR_MS), ['slack: repeated a firing', 'sms: repeated a firing'])
  })

  test('news that comes with a step goes to all who were reached before', () => {
    const night = escalating().fire('a')
    night.pass(14 * MINUTE_MS)
    night.fire('b')
    night.resolve('a')
    assert.deepEqual(night.pass(0), ['slack: changed b firing, a resolved'])
    night.fire('c')
    assert.deepEqual(night.pass(MINUTE_MS), [
      'slack: escalated b firing, c firing',
      'sms: escalated b firing, c firing',
    ])
  })

  test('what is over is told to those who were told, though the policy has others by now', () => {
    const night = simple().channel('mail').fire('a').fire('b')
    night.settleDown()
    night.policy('p', { groupIntervalMs: 0, steps: [step(0, 'mail')] }).resolve('a')
    assert.deepEqual(night.settleDown(), [
      'mail: changed b firing, a resolved',
      'slack: changed b firing, a resolved',
    ])
  })

  test('an acknowledgement is told once, and stops everything', () => {
    const night = escalating().fire('a')
    night.settleDown()
    assert.deepEqual(night.acknowledge('a').pass(24 * HOUR_MS), ['slack: acknowledged a acknowledged'])
    assert.deepEqual(night.resolve('a').pass(HOUR_MS), ['slack: resolved a resolved'])
  })

  test('a new alert in an acknowledged incident needs attention, and its step waits anew', () => {
    const night = escalating().fire('a')
    night.settleDown()
    night.acknowledge('a').pass(HOUR_MS)
    assert.deepEqual(night.fire('b').settleDown(), ['slack: changed a acknowledged, b firing'])
    assert.deepEqual(night.pass(15 * MINUTE_MS), ['sms: escalated a acknowledged, b firing'])
  })

  test('an acknowledgement that expires is ended in the log, and told', () => {
    const night = simple().fire('a')
    night.settleDown()
    night.acknowledge('a', NIGHT_MS + HOUR_MS)
    assert.deepEqual(night.pass(HOUR_MS), ['slack: acknowledged a acknowledged', 'slack: changed a firing'])
    assert.ok(night.log.some(({ events }) => events[0]?.case === 'alertUnacknowledged'))
  })

  test('one that is acknowledged before it was told is not told', () => {
    const night = simple({ groupWaitMs: MINUTE_MS }).fire('a').acknowledge('a')
    assert.deepEqual(night.pass(HOUR_MS), [])
    assert.deepEqual(night.takeBack('a').pass(MINUTE_MS), ['slack: first a firing'])
  })
})

describe('whom to tell', () => {
  test('without a policy every channel is told, and adding one is enough', () => {
    const night = new Night().fire('a')
    assert.deepEqual(night.settleDown(), [])
    assert.equal(night.muted('a'), 'no_policy by ')
    assert.deepEqual(night.channel('slack').settleDown(), ['slack: first a firing'])
    assert.equal(night.muted('a'), undefined)
    assert.deepEqual(night.channel('mail').fire('b', { agent: 'db-1' }).settleDown(), [
      'mail: first b firing',
      'slack: first b firing',
    ])
  })

  test('a policy for some alerts leaves the others to every channel', () => {
    const night = new Night()
      .channel('one')
      .channel('two')
      .policy('narrow', { matchers: [label('agent', 'db-1')], steps: [step(0, 'one')] })
    assert.deepEqual(night.fire('a').settleDown(), ['one: first a firing', 'two: first a firing'])
    assert.deepEqual(night.fire('b', { agent: 'db-1' }).settleDown(), ['one: first b firing'])
    night.policy('nobody', { order: 1_000, steps: [] }).fire('c', { agent: 'web-2' }).settleDown()
    assert.equal(night.muted('c'), 'no_policy by nobody')
  })

  test('the first policy that matches takes an alert, unless its rule names one', () => {
    const night = new Night()
      .channel('one')
      .channel('two')
      .policy('late', { order: 2, groupBy: ['agent'], steps: [step(0, 'two')] })
      .policy('early', { order: 1, groupBy: ['agent'], steps: [step(0, 'one')] })
    assert.deepEqual(night.fire('a').settleDown(), ['one: first a firing'])
    assert.deepEqual(night.fire('b', { policy: 'late' }).settleDown(), ['two: first b firing'])
    assert.deepEqual(night.fire('c', { agent: 'x', policy: 'gone' }).settleDown(), ['one: first c firing'])
  })

  test('a policy without steps leaves its alerts alone on purpose', () => {
    const night = new Night().channel('slack').policy('p', { steps: [] }).fire('a')
    assert.deepEqual(night.pass(HOUR_MS), [])
    assert.equal(night.muted('a'), 'no_policy by p')
  })

  test('who got nothing is not told of the end', () => {
    const night = simple({ steps: [step(0, 'slack', 'dead')] })
      .channel('dead')
      .fire('a')
    night.refusing.add('dead')
    assert.deepEqual(night.settleDown(), ['slack: first a firing'])
    night.refusing.clear()
    assert.deepEqual(night.resolve('a').settleDown(), ['slack: resolved a resolved'])
  })

  test('outside active hours nothing is sent; what is still firing then is told when they begin', () => {
    const activeHours = {
      timeZone: 'UTC',
      hours: [{ days: [1, 2, 3, 4, 5], fromMinute: 8 * 60, untilMinute: 18 * 60 }],
    }
    const night = simple({ activeHours, repeatIntervalMs: HOUR_MS }).fire('a').fire('b', { agent: 'db-1' })
    assert.deepEqual(night.pass(HOUR_MS), [])
    assert.equal(night.muted('a'), 'active_hours by p')
    night.resolve('b')
    assert.deepEqual(night.pass(7 * HOUR_MS), ['slack: first a firing'])
    assert.equal(night.pass(9 * HOUR_MS).length, 9)
    assert.deepEqual(night.pass(5 * HOUR_MS), [])
    assert.deepEqual(night.resolve('a').pass(HOUR_MS), [])
    assert.deepEqual(night.pass(9 * HOUR_MS), ['slack: resolved a resolved'])
  })
})
