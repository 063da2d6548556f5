import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { LANES } from '@secumon/contracts/lanes'
import { EpochReason } from '@secumon/contracts/gen/ingest'
import type { DomainEvent } from '@secumon/domain/decider'
import { EPOCH_INTERVAL_MS, identity, type IdentityCommand } from '@secumon/domain/identity'
import { IdentityHistory } from './identity-history.ts'

const AGENT = '01JD5Z3V9Q7X2M4K6N8P0R1S3A'
const wish = { reason: EpochReason.SPOOL_BEHIND, quarantinedFrames: 0 }

// Enrolled, two more epochs of each lane, revoked: one envelope each.
function life(): DomainEvent[][] {
  const epochs = [1, 2].flatMap((known): IdentityCommand[] =>
    LANES.map((lane) => {
      return { kind: 'StartEpoch', agent: AGENT, lane, known, atMs: known * EPOCH_INTERVAL_MS, ...wish }
    }),
  )
  const commands: IdentityCommand[] = [
    { kind: 'EnrolAgent', agent: AGENT, tenant: 'main', publicKey: new Uint8Array(32), atMs: 0 },
    ...epochs,
    { kind: 'RevokeIdentity', agent: AGENT, reason: 'stolen' },
  ]
  let state = identity.initial
  return commands.map((command) => {
    const events = identity.decide(command, state)
    state = events.reduce(identity.evolve, state)
    return [...events]
  })
}

const versions = life().map((events, i) => ({ version: i + 1, events }))

function folded(envelopes: typeof versions): IdentityHistory {
  const history = new IdentityHistory()
  for (const { version, events } of envelopes) history.take(version, events)
  return history
}

test('in whatever order the log has the envelopes, and however often, the identity is the same', () => {
  const expected = folded(versions).state
  assert.equal(expected?.revoked, true)
  const anyLog = fc.shuffledSubarray([...versions, ...versions], { minLength: versions.length })
  fc.assert(
    fc.property(anyLog, (log) => {
      const missing = versions.filter((each) => !log.includes(each))
      assert.deepEqual(folded([...log, ...missing]).state, expected)
    }),
  )
})

test('an enrolment that reconcile puts back does not clear a revocation', () => {
  const [enrolled, ...later] = versions
  assert.ok(enrolled)
  assert.equal(folded(later).state, undefined)
  assert.equal(folded([...later, enrolled]).state?.revoked, true)
})

test('a hole that stays does not hide what came after it', () => {
  const state = folded(versions.filter(({ version }) => version !== 3)).state
  assert.equal(state?.revoked, true)
  assert.equal(state.epochs.telemetry?.epoch, 3n)
})

test('an envelope that is met again is the same state, not a new one', () => {
  const history = folded(versions)
  const before = history.state
  history.take(3, versions[2]?.events ?? [])
  assert.equal(history.state, before)
})
