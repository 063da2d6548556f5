import { create } from '@bufbuild/protobuf'
import { MatcherSchema, MatchOperator } from '@secumon/contracts/gen/muting'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { isSilent, silence, type SilenceCommand, type SilenceState } from './silence.ts'

const matchers = [create(MatcherSchema, { label: 'agent', operator: MatchOperator.EQUAL, value: 'web-1' })]
const creation: SilenceCommand = {
  kind: 'CreateSilence',
  others: 0,
  matchers,
  reason: 'disk is being replaced',
  startsAtMs: 1_000,
  expiresAtMs: 5_000,
  atMs: 1_000,
}
const extend = (expiresAtMs: number, atMs = 2_000): SilenceCommand => ({
  kind: 'ExtendSilence',
  expiresAtMs,
  atMs,
})
const end: SilenceCommand = { kind: 'EndSilence', atMs: 2_000 }

const after = (...commands: SilenceCommand[]): SilenceState =>
  commands.reduce<SilenceState>(
    (state, command) => silence.decide(command, state).reduce(silence.evolve, state),
    silence.initial,
  )

const changes: [SilenceCommand[], SilenceCommand, string][] = [
  [[], creation, 'silenceCreated'],
  [[creation], extend(9_000), 'silenceExtended'],
  [[creation], end, 'silenceEnded'],
]
for (const [before, command, event] of changes)
  test(`${command.kind} has its effect`, () => {
    const events = silence.decide(command, after(...before))
    assert.deepEqual(
      events.map((one) => one.case),
      [event],
    )
  })

const nothings: [string, SilenceCommand[], SilenceCommand][] = [
  ['the same end', [creation], extend(5_000)],
  ['ended twice', [creation, end], end],
  ['ended after it has expired', [creation], { kind: 'EndSilence', atMs: 6_000 }],
]
for (const [name, before, command] of nothings)
  test(`nothing comes of it: ${name}`, () => assert.deepEqual(silence.decide(command, after(...before)), []))

const refusals: [string, SilenceCommand[], SilenceCommand, string][] = [
  ['one that mutes everything', [], { ...creation, matchers: [] }, 'invalid'],
  ['one that is over', [], { ...creation, atMs: 5_000 }, 'invalid'],
  ['an end before the beginning', [], { ...creation, expiresAtMs: 900, atMs: 0 }, 'invalid'],
  ['more than a year', [], { ...creation, expiresAtMs: 400 * 86_400_000 }, 'invalid'],
  ['a second one of the same id', [creation], creation, 'already_exists'],
  ['a longer one after its end', [creation], extend(9_000, 5_000), 'conflict'],
  ['a longer one after it was ended', [creation, end], extend(9_000), 'conflict'],
  ['one that is not there', [], end, 'not_found'],
]
for (const [name, before, command, code] of refusals)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => silence.decide(command, after(...before)),
      (error) => error instanceof Rejected && error.code === code,
    ))

test('a tenant has so many and no more', () => {
  assert.equal(silence.decide({ ...creation, others: 999 }, undefined).length, 1)
  assert.throws(
    () => silence.decide({ ...creation, others: 1_000 }, undefined),
    /at most 1000 silences: end some/,
  )
})

test('it mutes from its beginning until just before its end, unless it was ended', () => {
  const state = after(creation)
  assert.deepEqual(
    [999, 1_000, 4_999, 5_000].map((atMs) => state && isSilent(state, atMs)),
    [false, true, true, false],
  )
  const ended = after(creation, end)
  assert.equal(ended && isSilent(ended, 3_000), false)
})
