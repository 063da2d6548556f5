import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EpochReason } from '@secumon/contracts/gen/ingest'
import type { DomainEvent } from './decider.ts'
import { identity, type IdentityCommand, type IdentityState } from './identity.ts'
import { Rejected } from './rejected.ts'

const AGENT = '01JD5Z3V9Q7X2M4K6N8P0R1S3T'
const MINUTE = 60_000
const key = new Uint8Array(32).fill(7)

const enrol: IdentityCommand = { kind: 'EnrolAgent', agent: AGENT, tenant: 'main', publicKey: key, atMs: 0 }
const startEpoch = (known: number, atMs: number): IdentityCommand => ({
  kind: 'StartEpoch',
  agent: AGENT,
  lane: 'telemetry',
  known,
  reason: EpochReason.FORK,
  quarantinedFrames: 3,
  atMs,
})
const clone: IdentityCommand = {
  kind: 'ReportClone',
  agent: AGENT,
  lane: 'telemetry',
  epoch: 1,
  sequence: 9,
  loggedHash: key,
  offeredHash: new Uint8Array(32),
}

const fold = (events: DomainEvent[], state: IdentityState = identity.initial) =>
  events.reduce(identity.evolve, state)
const after = (...commands: IdentityCommand[]) =>
  commands.reduce<IdentityState>(
    (state, command) => fold(identity.decide(command, state), state),
    identity.initial,
  )
const decided = (given: IdentityCommand[], when: IdentityCommand) =>
  identity.decide(when, after(...given)).map((event) => event.case)

const cases: [string, IdentityCommand[], IdentityCommand, string[]][] = [
  ['enrolling begins a chain in each lane', [], enrol, ['agentEnrolled', 'epochStarted', 'epochStarted']],
  ['enrolling twice with the same key changes nothing', [enrol], enrol, []],
  ['the first new epoch may come at once', [enrol], startEpoch(1, MINUTE), ['epochStarted']],
  [
    'an agent that missed a grant hears of it again',
    [enrol, startEpoch(1, MINUTE)],
    startEpoch(1, 2 * MINUTE),
    [],
  ],
  [
    'ten minutes later another may begin',
    [enrol, startEpoch(1, 0)],
    startEpoch(2, 10 * MINUTE),
    ['epochStarted'],
  ],
  [
    'nor is a later one held up by the clock of a gateway that was an hour ahead',
    [enrol, startEpoch(1, 60 * MINUTE)],
    startEpoch(2, 0),
    ['epochStarted'],
  ],
  ['a clone is recorded once', [enrol], clone, ['cloneDetected']],
  ['and not again', [enrol, clone], clone, []],
  ['revoking', [enrol], { kind: 'RevokeIdentity', agent: AGENT, reason: 'sold' }, ['identityRevoked']],
]

for (const [what, given, when, then] of cases) test(what, () => assert.deepEqual(decided(given, when), then))

const refused: [string, IdentityCommand[], IdentityCommand, string][] = [
  [
    'another key for an enrolled agent',
    [enrol],
    { ...enrol, publicKey: new Uint8Array(32) },
    'already_exists',
  ],
  ['an epoch of a stranger', [], startEpoch(0, 0), 'not_found'],
  ['a second epoch within ten minutes', [enrol, startEpoch(1, 0)], startEpoch(2, 9 * MINUTE), 'too_soon'],
  ['an epoch of a clone', [enrol, clone], startEpoch(1, 0), 'revoked'],
]

for (const [what, given, when, code] of refused)
  test(`refused: ${what}`, () => {
    assert.throws(
      () => decided(given, when),
      (error: unknown) => error instanceof Rejected && error.code === code,
    )
  })

test('too soon says when', () => {
  assert.throws(
    () => decided([enrol, startEpoch(1, 0)], startEpoch(2, 4 * MINUTE)),
    (error: unknown) => error instanceof Rejected && error.retryAfterMs === 6 * MINUTE,
  )
})

test('an epoch that only the agent remembers is not given out again', () => {
  assert.equal(after(enrol, startEpoch(5, 0))?.epochs.telemetry?.epoch, 6n)
})

test('epochs only rise, lane by lane', () => {
  const state = after(enrol, startEpoch(1, 0), startEpoch(2, 10 * MINUTE))
  assert.deepEqual([state?.epochs.telemetry?.epoch, state?.epochs.logs?.epoch], [3n, 1n])
})
