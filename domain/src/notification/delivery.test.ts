import { create } from '@bufbuild/protobuf'
import { ChannelDeletedSchema } from '@secumon/contracts/gen/escalation'
import {
  DeliveryFailedSchema,
  NotificationDueSchema,
  NotificationGivenUpSchema,
} from '@secumon/contracts/gen/notification'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import { Night, NIGHT_MS, step, TENANT } from '../testing/night.ts'
import { deliveries } from './deliveries.ts'
import { GIVE_UP_MS, MAX_RETRY_MS, retryDelayMs } from './delivery-policy.ts'
import { nextWakeMs } from './next-wake.ts'
import {
  notification,
  type NotificationCommand,
  type NotificationCommandOf,
  type NotificationState,
} from './notification.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DUE_MS = 1_000_000

const due = create(NotificationDueSchema, { incident: 'i', channel: 'c', dueAtMs: BigInt(DUE_MS) })
const plan: NotificationCommand = { kind: 'Plan', due }
const start = (attempt: number, atMs = DUE_MS, worker = 'one'): NotificationCommand => ({
  kind: 'Start',
  due,
  attempt,
  worker,
  atMs,
  untilMs: atMs + 30_000,
})
const deliver = (attempt: number): NotificationCommand => ({
  kind: 'Deliver',
  attempt,
  answer: '200',
  tookMs: 5,
})
const fail = (attempt: number, atMs = DUE_MS, retryAfterMs?: number): NotificationCommand => ({
  kind: 'Fail',
  notification: 'n',
  attempt,
  reason: 'time-out',
  atMs,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})
const refuse = (attempt: number): NotificationCommand => ({
  kind: 'GiveUp',
  attempt,
  reason: '404',
  refused: true,
})
const retry: NotificationCommand = { kind: 'Retry', atMs: DUE_MS + 5_000 }

const after = (...commands: NotificationCommand[]): NotificationState =>
  commands.reduce<NotificationState>(
    (state, command) => notification.decide(command, state).reduce(notification.evolve, state),
    notification.initial,
  )
const caused = (before: NotificationCommand[], command: NotificationCommand): DomainEvent[] =>
  notification.decide(command, after(...before))

describe('a message', () => {
  const outcomes: [string, NotificationCommand[], NotificationCommand, string[]][] = [
    ['is due', [], plan, ['notificationDue']],
    ['is due once', [plan], plan, []],
    ['is due and sent at once', [], start(1), ['notificationDue', 'deliveryStarted']],
    ['is sent by one', [plan], start(1), ['deliveryStarted']],
    ['is delivered', [plan, start(1)], deliver(1), ['notificationDelivered']],
    ['is delivered once', [plan, start(1), deliver(1)], deliver(1), []],
    ['may fail', [plan, start(1)], fail(1), ['deliveryFailed']],
    ['is sent by another when nobody knows how it ended', [plan, start(1)], start(2, DUE_MS + 30_000, 'two'), ['deliveryStarted']],
    ['is delivered though it was thought to be lost', [plan, start(1), start(2, DUE_MS + 30_000)], deliver(1), ['notificationDelivered']],
    ['did not fail because an earlier attempt did', [plan, start(1), start(2, DUE_MS + 30_000)], fail(1), []],
    ['is given up where it is refused', [plan, start(1)], refuse(1), ['notificationGivenUp']],
    ['is given up after a day', [plan, start(1)], fail(1, DUE_MS + GIVE_UP_MS), ['notificationGivenUp']],
    ['is tried again by a person', [plan, start(1), refuse(1)], retry, ['notificationRetried']],
    ['and then sent', [plan, start(1), refuse(1), retry], start(2, DUE_MS + 5_000), ['deliveryStarted']],
    ['for a whole day again', [plan, start(1), refuse(1), retry, start(2, DUE_MS + 5_000)], fail(2, DUE_MS + GIVE_UP_MS - MINUTE_MS), ['deliveryFailed']],
    ['that is due need not be tried again', [plan], retry, []],
  ] // prettier-ignore
  for (const [name, before, command, expected] of outcomes)
    test(name, () =>
      assert.deepEqual(
        caused(before, command).map((event) => event.case),
        expected,
      ),
    )

  const refusals: [string, NotificationCommand[], NotificationCommand][] = [
    ['while another sends it', [plan, start(1)], start(2, DUE_MS + 29_999, 'two')],
    ['that was started by another meanwhile', [plan, start(1)], start(1, DUE_MS + 30_000, 'two')],
    ['before its time', [plan, start(1), fail(1)], start(2, DUE_MS + 1_000)],
    ['that was delivered', [plan, start(1), deliver(1)], start(2)],
    ['that was given up', [plan, start(1), refuse(1)], start(2)],
  ]
  for (const [name, before, command] of refusals)
    test(`is not sent ${name}`, () =>
      assert.throws(
        () => caused(before, command),
        (error) => error instanceof Rejected && error.code === 'conflict',
      ))

  test('waits longer after each failure, and as long as the other side asks for', () => {
    const waits = [1, 2, 3, 8, 50].map((failures) => retryDelayMs('n', failures) / SECOND_MS)
    const least = [5, 10, 20, 600, 600]
    waits.forEach((wait, i) => assert.ok(wait >= (least[i] ?? 0) && wait <= (least[i] ?? 0) * 1.2, `${wait}`))
    assert.ok(retryDelayMs('n', 1_000) <= MAX_RETRY_MS * 1.2)
    assert.notEqual(retryDelayMs('n', 3), retryDelayMs('m', 3))
    const [event] = caused([plan, start(1)], fail(1, DUE_MS, 5 * MINUTE_MS))
    assert.ok(event?.case === 'deliveryFailed' && event.value.channelBusy)
    assert.equal(Number(event.value.retryAtMs), DUE_MS + 5 * MINUTE_MS)
  })
})

describe('a message to several', () => {
  const partly = (attempt: number, atMs: number, ...accepted: string[]): NotificationCommand => ({
    ...(fail(attempt, atMs) as NotificationCommandOf<'Fail'>),
    accepted,
  })
  const once = [plan, start(1), partly(1, DUE_MS, 'a@x')]
  const twice = [...once, start(2, DUE_MS + 30_000), partly(2, DUE_MS + 30_000, 'b@x')]

  test('knows who has it', () => {
    assert.deepEqual(after(...once).message?.accepted, ['a@x'])
    assert.deepEqual(after(...twice).message?.accepted, ['a@x', 'b@x'])
  })

  test('knows it when it is given up, and when a person has it tried again', () => {
    const late = partly(1, DUE_MS + GIVE_UP_MS, 'a@x')
    assert.deepEqual(after(plan, start(1), late).message?.accepted, ['a@x'])
    assert.deepEqual(after(plan, start(1), late, retry).message?.accepted, ['a@x'])
    assert.deepEqual(after(...twice, refuse(2), retry).message?.accepted, ['a@x', 'b@x'])
  })

  test('waits for some of them without holding up the others', () => {
    const told = night().fire('a')
    told.failing.add('slack')
    told.settleDown()
    const value = create(DeliveryFailedSchema, {
      attempt: 1,
      retryAtMs: BigInt(told.nowMs + 6_000),
      accepted: ['a@x'],
    })
    told.write('notification', 'N-I-a-0-slack', { case: 'deliveryFailed', value })
    told.failing.clear()
    assert.deepEqual(told.resolve('a').pass(SECOND_MS), ['slack: resolved a resolved'])
    const later = told.nowMs + 10_000
    assert.deepEqual(
      deliveries(told.state, later).map(({ notification: id, accepted }) => [id, accepted]),
      [['N-I-a-0-slack', ['a@x']]],
    )
  })

  test('that was given up is one that people know of: its end is told', () => {
    const told = night().fire('a')
    told.failing.add('slack')
    told.settleDown()
    const value = create(NotificationGivenUpSchema, { attempt: 1, reason: '451', accepted: ['a@x'] })
    told.write('notification', 'N-I-a-0-slack', { case: 'notificationGivenUp', value })
    told.failing.clear()
    assert.deepEqual(told.resolve('a').pass(MINUTE_MS), ['slack: resolved a resolved'])
  })
})

const night = (perMinute = 0): Night =>
  new Night().channel('slack', perMinute).policy('p', { groupBy: ['agent'], steps: [step(0, 'slack')] })

describe('a channel', () => {
  test('that is down gets its messages in order when it is up again', () => {
    const told = night().fire('a')
    told.failing.add('slack')
    assert.deepEqual(told.pass(2 * MINUTE_MS), [])
    told.resolve('a')
    assert.deepEqual(told.pass(MINUTE_MS), [])
    told.failing.clear()
    assert.deepEqual(told.pass(10 * MINUTE_MS), ['slack: first a firing', 'slack: resolved a resolved'])
  })

  test('takes no more than its rate, and nothing is lost', () => {
    const told = night(60)
    for (let i = 0; i < 30; i++) told.fire(`a${i}`, { agent: `web-${i}` })
    assert.equal(told.settleDown().length, 10)
    assert.equal(told.pass(5 * SECOND_MS).length, 5)
    assert.equal(told.pass(MINUTE_MS).length, 15)
  })

  test('that asks to be left alone is', () => {
    const told = night().fire('a')
    told.failing.add('slack')
    told.settleDown()
    const busy = { attempt: 1, retryAtMs: BigInt(told.nowMs + MINUTE_MS), channelBusy: true }
    const value = create(DeliveryFailedSchema, busy)
    told.write('notification', 'N-I-a-0-slack', { case: 'deliveryFailed', value })
    told.failing.clear()
    assert.deepEqual(told.fire('b', { agent: 'db-1' }).settleDown(), [])
    assert.ok(nextWakeMs(told.state, told.nowMs) >= NIGHT_MS + MINUTE_MS)
    assert.equal(told.pass(MINUTE_MS).length, 2)
  })

  test('that is deleted has its messages given up, and takes no more', () => {
    const told = night().fire('a')
    told.failing.add('slack')
    told.settleDown()
    told.write('channel', 'slack', { case: 'channelDeleted', value: create(ChannelDeletedSchema) })
    told.settleDown()
    assert.equal(told.state.tenants.get(TENANT)?.messages.size, 0)
    assert.ok(told.log.some(({ events }) => events[0]?.case === 'notificationGivenUp'))
    assert.deepEqual(told.resolve('a').pass(MINUTE_MS), [])
  })

  test('is tested with a message that belongs to no incident', () => {
    const told = night()
    const test = create(NotificationDueSchema, { channel: 'slack', test: true, dueAtMs: BigInt(NIGHT_MS) })
    told.write('notification', 't', { case: 'notificationDue', value: test })
    const [found, ...rest] = deliveries(told.state, told.nowMs)
    assert.deepEqual(
      [found?.notification, found?.attempt, found?.channelKind, rest.length],
      ['t', 1, 'webhook', 0],
    )
    told.settleDown()
    assert.equal(told.state.tenants.get(TENANT)?.messages.size, 0)
  })

  test('a dead letter that a person wants tried again is sent, and then its end', () => {
    const told = night().fire('a')
    told.refusing.add('slack')
    told.settleDown()
    told.refusing.clear()
    const command: NotificationCommand = { kind: 'Retry', atMs: told.nowMs }
    told.carryOut({ tenant: TENANT, aggregate: 'notification', id: 'N-I-a-0-slack', command, key: '' })
    assert.deepEqual(told.settleDown(), ['slack: first a firing'])
    assert.deepEqual(told.resolve('a').settleDown(), ['slack: resolved a resolved'])
  })
})
