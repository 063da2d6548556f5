// Whatever the aggregates accept, telling people lives with: plans, policies, schedules, channels and silences at the edges of
// what they may be, over a simulated week.

import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  ChannelSpecSchema,
  EscalationPolicySpecSchema,
  MemberSchema,
  ScheduleSpecSchema,
} from '@secumon/contracts/gen/escalation'
import { DomainEventSchema } from '@secumon/contracts/gen/envelope'
import { MaintenanceSpecSchema, MatcherSchema } from '@secumon/contracts/gen/muting'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channel } from '../channel/channel.ts'
import type { Decider, DomainEvent } from '../decider.ts'
import { escalation } from '../escalation/escalation.ts'
import { maintenance } from '../maintenance/maintenance.ts'
import { Rejected } from '../rejected.ts'
import { schedule, type ScheduleCommand } from '../schedule/schedule.ts'
import { silence } from '../silence/silence.ts'
import { idOf, Night, NIGHT_MS, OPTIONS } from '../testing/night.ts'
import { restoreNotify } from './restore.ts'
import { saveNotify } from './saved-state.ts'

const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

// As it comes back from the log, which is as it was written.
function throughLog(event: DomainEvent): DomainEvent {
  const written = create(DomainEventSchema, { event })
  const read = fromBinary(DomainEventSchema, toBinary(DomainEventSchema, written))
  assert.deepEqual(read, written)
  assert.ok(read.event.case !== undefined)
  return read.event
}

function logged(): Night {
  const night = new Night()
  const write = night.write.bind(night)
  night.write = (aggregate, id, ...events) => write(aggregate, id, ...events.map(throughLog))
  return night
}

type Asked<C, S> = { readonly decider: Decider<C, S>; readonly id: string; readonly commands: readonly C[] }

// What is refused is refused by its reason, and leaves nothing behind.
function ask<C, S>(night: Night, { decider, id, commands }: Asked<C, S>): number {
  let state = decider.initial
  let accepted = 0
  for (const command of commands) {
    try {
      const events = decider.decide(command, state)
      if (events.length === 0) continue
      night.write(decider.aggregate, id, ...events)
      state = events.reduce((held, event) => decider.evolve(held, event), state)
      accepted++
    } catch (error) {
      assert.ok(error instanceof Rejected, String(error))
    }
  }
  return accepted
}

const LABELS = ['agent', 'rule', 'severity', 'constructor', '__proto__', 'hasOwnProperty', 'team']
const ZONES = ['Europe/Paris', 'America/Santiago', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC', 'Etc/GMT+12']
const BEGINNINGS = [
  '0001-01-01T00:00:00',
  '1969-12-31T23:59:59',
  '2026-11-23T02:30:00',
  '9999-12-31T23:59:59',
]

const someLabel = fc.constantFrom(...LABELS)
/** Mostly what may be, at its edges; now and then what may not. */
const edge = (...values: number[]) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...values), weight: 30 },
    { arbitrary: fc.constantFrom(0, UINT32), weight: 1 },
  )
const UINT32 = 2 ** 32 - 1
const matchers = fc.array(
  fc.record({
    label: someLabel,
    operator: fc.constantFrom(1, 2, 3, 4, 1, 2, 3, 4, 5),
    value: fc.constantFrom('', '*', 'web-1', '[', '\\', '**?*', '{}'.repeat(250)),
  }),
  { maxLength: 3 },
)
const zone = fc.constantFrom(...ZONES)
const moment = fc.oneof(
  fc.constantFrom(0, NIGHT_MS, NIGHT_MS + HOUR_MS, NIGHT_MS + 2 * WEEK_MS),
  fc.constantFrom(-1, 8.64e15, Number.MAX_SAFE_INTEGER, 1e300, Number.NaN, 0.5),
)
const hours = fc.record({
  timeZone: zone,
  hours: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      fromMinute: edge(0, 60, 1_439),
      untilMinute: edge(1, 61, 1_440),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
const CHANNELS = ['one', 'two', 'gone'].map(idOf)
const SCHEDULES = ['day', 'night', 'void'].map(idOf)
const target = fc.oneof(
  fc.constantFrom(...CHANNELS).map((value) => ({ target: { case: 'channel' as const, value } })),
  fc.constantFrom(...SCHEDULES).map((value) => ({ target: { case: 'schedule' as const, value } })),
)

const policySpec = fc
  .record({
    name: fc.constantFrom('p', '__proto__'),
    matchers,
    order: edge(0, 5, UINT32),
    groupBy: fc.array(someLabel, { maxLength: 3 }),
    groupWaitMs: edge(0, 1, HOUR_MS),
    groupIntervalMs: edge(0, 60_000, WEEK_MS),
    repeatIntervalMs: edge(0, 6 * HOUR_MS, 720 * HOUR_MS),
    repeats: edge(0, 3, 100),
    steps: fc.array(
      fc.record({
        delayMs: edge(0, 1, HOUR_MS, WEEK_MS),
        targets: fc.array(target, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    sendResolved: fc.boolean(),
    activeHours: fc.option(hours, { nil: undefined }),
  })
  .map((init) =>
    create(EscalationPolicySpecSchema, init as MessageInitShape<typeof EscalationPolicySpecSchema>),
  )

const member = fc
  .record({
    name: fc.constantFrom('ana', 'bo'),
    channels: fc.array(fc.constantFrom(...CHANNELS), { minLength: 1, maxLength: 2 }),
  })
  .map((init) => create(MemberSchema, init))
const scheduleSpec = fc
  .record({
    name: fc.constant('s'),
    timeZone: zone,
    layers: fc.array(
      fc.record({
        name: fc.constant('l'),
        members: fc.array(member, { minLength: 1, maxLength: 3 }),
        startsAt: fc.constantFrom(...BEGINNINGS),
        daysEach: edge(1, 7, 366),
        only: fc.option(hours, { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map((init) => create(ScheduleSpecSchema, init as MessageInitShape<typeof ScheduleSpecSchema>))
const override = fc
  .record({ member, from: moment, until: moment })
  .map(({ member: by, from, until }): ScheduleCommand => ({
    kind: 'OverrideSchedule',
    override: idOf('o'),
    member: by,
    fromMs: from,
    untilMs: until,
    reason: '',
    atMs: NIGHT_MS,
  }))

const channelSpec = fc
  .record({
    name: fc.constant('c'),
    kind: fc.constantFrom('webhook', '__proto__'),
    timeZone: zone,
    ratePerMinute: edge(0, 1, 10_000),
    titleTemplate: fc.constantFrom('', '{{', '{alert.name'),
  })
  .map((init) => create(ChannelSpecSchema, init))

const maintenanceSpec = fc
  .record({
    name: fc.constant('m'),
    matchers,
    timeZone: zone,
    startsAt: fc.constantFrom(...BEGINNINGS),
    durationMs: edge(60_000, HOUR_MS, 744 * HOUR_MS),
    recurrence: fc.constantFrom(
      '',
      'FREQ=DAILY',
      'FREQ=DAILY;BYMONTHDAY=-1;BYMONTH=2;BYDAY=SU',
      'FREQ=YEARLY;COUNT=50',
      'FREQ=WEEKLY;INTERVAL=10000',
      'FREQ=DAILY;UNTIL=99991231',
    ),
  })
  .map((init) => create(MaintenanceSpecSchema, init as MessageInitShape<typeof MaintenanceSpecSchema>))

const silenced = fc.record({
  matchers: matchers.map((all) =>
    all.map((init) => create(MatcherSchema, init as MessageInitShape<typeof MatcherSchema>)),
  ),
  startsAtMs: moment,
  expiresAtMs: moment,
})

const tenant = fc.record({
  policies: fc.array(policySpec, { minLength: 1, maxLength: 3 }),
  schedules: fc.array(fc.tuple(scheduleSpec, override), { maxLength: 2 }),
  channels: fc.array(channelSpec, { minLength: 1, maxLength: 2 }),
  maintenances: fc.array(maintenanceSpec, { maxLength: 2 }),
  silences: fc.array(silenced, { maxLength: 2 }),
})

type Tenant = typeof tenant extends fc.Arbitrary<infer T> ? T : never

function furnish(night: Night, { policies, schedules, channels, maintenances, silences }: Tenant): number {
  let accepted = 0
  const settings = { secretVersion: 1, kinds: ['webhook', '__proto__'] }
  for (const [i, spec] of channels.entries())
    accepted += ask(night, {
      decider: channel,
      id: CHANNELS[i] ?? '',
      commands: [{ kind: 'CreateChannel', spec, ...settings }],
    })
  for (const [i, [spec, overridden]] of schedules.entries())
    accepted += ask(night, {
      decider: schedule,
      id: SCHEDULES[i] ?? '',
      commands: [{ kind: 'CreateSchedule', spec }, overridden],
    })
  for (const [i, spec] of policies.entries())
    accepted += ask(night, {
      decider: escalation,
      id: idOf(`p${i}`),
      commands: [{ kind: 'CreatePolicy', spec }],
    })
  for (const [i, spec] of maintenances.entries())
    accepted += ask(night, {
      decider: maintenance,
      id: idOf(`m${i}`),
      commands: [{ kind: 'PlanMaintenance', spec }],
    })
  for (const [i, silent] of silences.entries()) {
    const command = { kind: 'CreateSilence', reason: '', atMs: NIGHT_MS, others: 0, ...silent } as const
    accepted += ask(night, { decider: silence, id: idOf(`s${i}`), commands: [command] })
  }
  return accepted
}

test('what is accepted is lived with: a week of alerts is told, and so it is after a restart', () => {
  let accepted = 0
  fc.assert(
    fc.property(tenant, (specs) => {
      const night = logged()
      accepted += furnish(night, specs)
      const odd = JSON.parse('{"__proto__": "x", "constructor": "y", "team": ""}') as Record<string, string>
      night
        .fire('a')
        .fire('b', { agent: 'db-1', labels: odd })
        .offline('off', 'web-2')
        .fire('c', { late: true })
      night.pass(HOUR_MS)
      night.resolve('a').pass(WEEK_MS / 7)
      night.state = restoreNotify(OPTIONS, structuredClone(saveNotify(night.state)))
      night.resolve('b', 'off', 'c').pass(WEEK_MS)
      assert.ok(night.log.length > 0)
    }),
    { numRuns: 30, seed: 53 },
  )
  assert.ok(accepted > 60, `${accepted} were accepted`)
})
