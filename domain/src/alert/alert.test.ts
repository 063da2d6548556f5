import { create } from '@bufbuild/protobuf'
import { AlertOriginSchema, EvidenceSchema, Resolution } from '@secumon/contracts/gen/alert'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { alert, alertAggregate, type AlertCommand, type AlertCommandOf, type AlertState } from './alert.ts'

const evidence = (atMs: number) => create(EvidenceSchema, { atMs: BigInt(atMs) })
const origin = create(AlertOriginSchema, { ruleName: 'busy' })
const PEND: AlertCommand = { kind: 'Pend', origin, evidence: evidence(1_000) }
const FIRE: AlertCommand = {
  kind: 'Fire',
  origin,
  evidence: evidence(4_000),
  pendingSinceMs: 1_000,
  noData: false,
}
const FLAP: AlertCommand = { kind: 'Flap', changePercent: 31, evidence: evidence(5_000) }
const SETTLE: AlertCommand = { kind: 'Settle', changePercent: 24, evidence: evidence(6_000) }
const LOSE_HOST: AlertCommand = { kind: 'LoseHost', evidence: evidence(7_000) }
const FIND_HOST: AlertCommand = { kind: 'FindHost', evidence: evidence(8_000) }
const RELABEL: AlertCommand = {
  kind: 'Relabel',
  origin: create(AlertOriginSchema, { ruleName: 'busy', agentName: 'web-9' }),
}
const RESOLVE: AlertCommand = { kind: 'Resolve', evidence: evidence(9_000), resolution: Resolution.RECOVERED }
const ACKNOWLEDGE: AlertCommandOf<'Acknowledge'> = {
  kind: 'Acknowledge',
  note: ' seen ',
  expiresAtMs: 8_000,
  sticky: false,
  atMs: 5_000,
}
const NOTE: AlertCommand = { kind: 'Note', note: 'the fan is broken' }

const after = (...commands: AlertCommand[]): AlertState =>
  commands.reduce<AlertState>(
    (state, command) => alert.decide(command, state).reduce(alert.evolve, state),
    alert.initial,
  )
const events = (command: AlertCommand, ...before: AlertCommand[]) => alert.decide(command, after(...before))
const cases = (command: AlertCommand, ...before: AlertCommand[]) =>
  events(command, ...before).map((event) => event.case)

const effects: [before: AlertCommand[], command: AlertCommand, ...events: string[]][] = [
  [[], PEND, 'alertPending'],
  [[], FIRE, 'alertPending', 'alertFired'],
  [[PEND], FIRE, 'alertFired'],
  [[PEND], RESOLVE, 'alertResolved'],
  [[FIRE], FLAP, 'alertFlapping'],
  [[FIRE, FLAP], SETTLE, 'alertSettled'],
  [[FIRE, FLAP], RESOLVE, 'alertResolved'],
  [[FIRE], LOSE_HOST, 'alertHostUnknown'],
  [[FIRE, LOSE_HOST], FIND_HOST, 'alertHostKnown'],
  [[PEND], RELABEL, 'alertRelabelled'],
  [[FIRE], RELABEL, 'alertRelabelled'],
  [[PEND], ACKNOWLEDGE, 'alertAcknowledged'],
  [[FIRE, ACKNOWLEDGE], { kind: 'TakeBack' }, 'alertUnacknowledged'],
  [[FIRE, ACKNOWLEDGE], { kind: 'ExpireAcknowledgement', atMs: 8_000 }, 'alertUnacknowledged'],
  [[PEND, ACKNOWLEDGE], FIRE, 'alertFired', 'alertUnacknowledged'],
  [[PEND, { ...ACKNOWLEDGE, sticky: true }], FIRE, 'alertFired'],
  [[FIRE], NOTE, 'alertNoted'],
  [[FIRE, RESOLVE], NOTE, 'alertNoted'],
]

for (const [before, command, ...expected] of effects)
  test(`${command.kind} after ${before.map(({ kind }) => kind).join(', ') || 'nothing'} has its effect once`, () => {
    assert.deepEqual(cases(command, ...before), expected)
    assert.deepEqual(cases(command, ...before, command), [])
  })

describe('what comes too late or too early changes nothing', () => {
  const nothing: [before: AlertCommand[], command: AlertCommand][] = [
    [[FIRE], PEND],
    [[FIRE, RESOLVE], FIRE],
    [[FIRE, RESOLVE], FLAP],
    [[], RESOLVE],
    [[PEND], FLAP],
    [[FIRE], SETTLE],
    [[PEND], LOSE_HOST],
    [[FIRE], FIND_HOST],
    [[FIRE, LOSE_HOST, RESOLVE], FIND_HOST],
    [[FIRE], { kind: 'TakeBack' }],
    [[FIRE, ACKNOWLEDGE], { kind: 'ExpireAcknowledgement', atMs: 7_999 }],
    [[FIRE, { ...ACKNOWLEDGE, expiresAtMs: 0 }], { kind: 'ExpireAcknowledgement', atMs: 9e12 }],
    [[], RELABEL],
    [[FIRE, RESOLVE], RELABEL],
    [[FIRE], { kind: 'Relabel', origin: create(AlertOriginSchema, { ...origin, ruleVersion: 7n }) }],
    [[FIRE, ACKNOWLEDGE, RESOLVE], { kind: 'ExpireAcknowledgement', atMs: 9_000 }],
  ]
  for (const [before, command] of nothing)
    test(`${command.kind} after ${before.map(({ kind }) => kind).join(', ')}`, () =>
      assert.deepEqual(cases(command, ...before), []))
})

describe('people are told why not', () => {
  const refused: [before: AlertCommand[], command: AlertCommand, code: string][] = [
    [[], NOTE, 'not_found'],
    [[], ACKNOWLEDGE, 'not_found'],
    [[FIRE, RESOLVE], ACKNOWLEDGE, 'conflict'],
    [[FIRE, RESOLVE], { kind: 'TakeBack' }, 'conflict'],
    [[FIRE], { ...ACKNOWLEDGE, expiresAtMs: 5_000 }, 'invalid'],
    [[FIRE], { ...ACKNOWLEDGE, expiresAtMs: NaN }, 'invalid'],
    [[FIRE], { ...ACKNOWLEDGE, note: 'x'.repeat(4_001) }, 'invalid'],
    [[FIRE], { kind: 'Note', note: ' ' }, 'invalid'],
  ]
  for (const [before, command, code] of refused)
    test(`${command.kind} after ${before.map(({ kind }) => kind).join(', ') || 'nothing'}: ${code}`, () =>
      assert.throws(
        () => alert.decide(command, after(...before)),
        (error) => error instanceof Rejected && error.code === code,
      ))
})

test('how long it fired is counted from the sample that fired it', () => {
  const [fired] = events(RESOLVE, PEND, FIRE)
  const [pending] = events(RESOLVE, PEND)
  assert.equal(fired?.case === 'alertResolved' && fired.value.firedMs, 5_000n)
  assert.equal(pending?.case === 'alertResolved' && pending.value.firedMs, 0n)
})

test('the state says what is known of it', () => {
  assert.partialDeepStrictEqual(after(FIRE, FLAP, ACKNOWLEDGE, NOTE), {
    phase: 'firing',
    firedAtMs: 4_000,
    flapping: true,
    acknowledgement: { note: 'seen', expiresAtMs: 8_000, sticky: false },
    lastNote: 'the fan is broken',
  })
  assert.partialDeepStrictEqual(after(FIRE, FLAP, RESOLVE), { phase: 'resolved', flapping: false })
  assert.deepEqual(alertAggregate('main', 'A'), { tenant: 'main', aggregate: 'alert', id: 'A' })
})
