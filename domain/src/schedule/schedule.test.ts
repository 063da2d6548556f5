import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { MemberSchema, ScheduleSpecSchema, type ScheduleSpec } from '@secumon/contracts/gen/escalation'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idOf } from '../testing/night.ts'
import { Rejected } from '../rejected.ts'
import { schedule, type ScheduleCommand, type ScheduleState } from './schedule.ts'

const ana = { name: 'ana', channels: [idOf('ana')] }
const spec = (changes: MessageInitShape<typeof ScheduleSpecSchema> = {}): ScheduleSpec =>
  create(ScheduleSpecSchema, {
    name: 'nights',
    timeZone: 'Europe/Paris',
    layers: [{ name: 'first', members: [ana], startsAt: '2026-11-23T09:00:00', daysEach: 7 }],
    ...(changes as object),
  })
const withLayer = (changes: object): ScheduleSpec =>
  spec({
    layers: [{ name: 'first', members: [ana], startsAt: '2026-11-23T09:00:00', daysEach: 7, ...changes }],
  })
const creation: ScheduleCommand = { kind: 'CreateSchedule', spec: spec() }
const deletion: ScheduleCommand = { kind: 'DeleteSchedule' }
const override: ScheduleCommand = {
  kind: 'OverrideSchedule',
  override: idOf('o'),
  member: create(MemberSchema, ana),
  fromMs: 1_000,
  untilMs: 5_000,
  reason: 'ill',
  atMs: 0,
}
const end: ScheduleCommand = { kind: 'EndOverride', override: idOf('o') }

const after = (...commands: ScheduleCommand[]): ScheduleState =>
  commands.reduce<ScheduleState>(
    (state, command) => schedule.decide(command, state).reduce(schedule.evolve, state),
    schedule.initial,
  )

const outcomes: [string, ScheduleCommand[], ScheduleCommand, string[]][] = [
  ['created', [], creation, ['scheduleCreated']],
  ['created again', [creation], creation, []],
  ['changed', [creation], { kind: 'ChangeSchedule', spec: spec({ name: 'days' }) }, ['scheduleChanged']],
  ['changed to what it is', [creation], { kind: 'ChangeSchedule', spec: spec({ name: ' nights ' }) }, []],
  ['deleted', [creation], deletion, ['scheduleDeleted']],
  ['deleted twice', [creation, deletion], deletion, []],
  ['overridden', [creation], override, ['scheduleOverridden']],
  ['overridden twice by the same', [creation, override], override, []],
  ['an override ended', [creation, override], end, ['scheduleOverrideEnded']],
  ['an override ended twice', [creation, override, end], end, []],
]
for (const [name, before, command, expected] of outcomes)
  test(name, () =>
    assert.deepEqual(
      schedule.decide(command, after(...before)).map((event) => event.case),
      expected,
    ),
  )

const refusals: [string, ScheduleCommand[], ScheduleCommand, RegExp][] = [
  ['no zone', [], { kind: 'CreateSchedule', spec: spec({ timeZone: 'Mars/Olympus' }) }, /not a time zone/],
  ['no layer', [], { kind: 'CreateSchedule', spec: spec({ layers: [] }) }, /1 to 10 layers/],
  ['nobody in a layer', [], { kind: 'CreateSchedule', spec: withLayer({ members: [] }) }, /1 to 100 members/],
  [
    'nobody to reach',
    [],
    { kind: 'CreateSchedule', spec: withLayer({ members: [{ name: 'x' }] }) },
    /reached by/,
  ],
  ['no time', [], { kind: 'CreateSchedule', spec: withLayer({ startsAt: 'monday' }) }, /wall-clock time/],
  ['no turn', [], { kind: 'CreateSchedule', spec: withLayer({ daysEach: 0 }) }, /1 to 366 days/],
  ['an override that is over', [creation], { ...override, atMs: 5_000 }, /over already/],
  ['an override backwards', [creation], { ...override, untilMs: 900 }, /ends after/],
  ['an override of what is deleted', [creation, deletion], override, /no such schedule/],
]
for (const [name, before, command, reason] of refusals)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => schedule.decide(command, after(...before)),
      (error) => error instanceof Rejected && reason.test(error.message),
    ))
