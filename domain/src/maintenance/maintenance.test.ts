import { create } from '@bufbuild/protobuf'
import { MaintenanceSpecSchema, type MaintenanceSpec } from '@secumon/contracts/gen/muting'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { maintenance, type MaintenanceCommand, type MaintenanceState } from './maintenance.ts'

const spec = (changes: Partial<MaintenanceSpec> = {}): MaintenanceSpec =>
  create(MaintenanceSpecSchema, {
    name: 'patch night',
    timeZone: 'Europe/Paris',
    startsAt: '2026-11-22T02:00:00',
    durationMs: 3_600_000,
    recurrence: 'FREQ=WEEKLY;BYDAY=SU',
    ...(changes as object),
  })
const planned: MaintenanceCommand = { kind: 'PlanMaintenance', spec: spec() }
const cancelled: MaintenanceCommand = { kind: 'CancelMaintenance' }
const change = (changes: Partial<MaintenanceSpec>): MaintenanceCommand => ({
  kind: 'ChangeMaintenance',
  spec: spec(changes),
})

const after = (...commands: MaintenanceCommand[]): MaintenanceState =>
  commands.reduce<MaintenanceState>(
    (state, command) => maintenance.decide(command, state).reduce(maintenance.evolve, state),
    maintenance.initial,
  )

const outcomes: [string, MaintenanceCommand[], MaintenanceCommand, string[]][] = [
  ['planned', [], planned, ['maintenancePlanned']],
  ['planned again', [planned], planned, []],
  ['changed', [planned], change({ name: 'later' }), ['maintenanceChanged']],
  ['changed to what it is', [planned], change({ recurrence: 'RRULE:FREQ=WEEKLY;BYDAY=SU' }), []],
  ['cancelled', [planned], cancelled, ['maintenanceCancelled']],
  ['cancelled twice', [planned, cancelled], cancelled, []],
]
for (const [name, before, command, expected] of outcomes)
  test(name, () =>
    assert.deepEqual(
      maintenance.decide(command, after(...before)).map((event) => event.case),
      expected,
    ),
  )

const refusals: [string, Partial<MaintenanceSpec>, RegExp][] = [
  ['no name', { name: ' ' }, /needs a name/],
  ['no zone', { timeZone: '+01:00' }, /not a time zone/],
  ['an instant', { startsAt: '2026-11-22T02:00:00Z' }, /not a wall-clock time/],
  ['no length', { durationMs: 0 }, /1 minute to 31 days/],
  ['every second', { recurrence: 'FREQ=SECONDLY' }, /DAILY, WEEKLY/],
  ['never', { recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, /never comes within 50 years/],
  ['over before it begins', { recurrence: 'FREQ=DAILY;UNTIL=20200101T000000Z' }, /never comes/],
  ['two ends', { recurrence: 'FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z' }, /not by both/],
  ['a count that takes a century', { recurrence: 'FREQ=YEARLY;COUNT=100' }, /COUNT=100 is not reached/],
  ['a beginning of its own', { recurrence: 'DTSTART:20260101T000000Z' }, /not a part/],
  ['a part twice', { recurrence: 'FREQ=DAILY;BYHOUR=1;BYHOUR=2' }, /not a part.*BYHOUR=2/],
]
for (const [name, changes, reason] of refusals)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => maintenance.decide({ kind: 'PlanMaintenance', spec: spec(changes) }, maintenance.initial),
      (error) => error instanceof Rejected && error.code === 'invalid' && reason.test(error.message),
    ))
