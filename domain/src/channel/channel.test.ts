import { create } from '@bufbuild/protobuf'
import { ChannelSpecSchema, type ChannelSpec } from '@secumon/contracts/gen/escalation'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { channel, type ChannelCommand, type ChannelState } from './channel.ts'

const kinds = ['webhook', 'slack']
const spec = (changes: object = {}): ChannelSpec =>
  create(ChannelSpecSchema, { name: 'c', kind: 'slack', ...changes })
const creation: ChannelCommand = { kind: 'CreateChannel', spec: spec(), secretVersion: 1, kinds }
const deletion: ChannelCommand = { kind: 'DeleteChannel' }
const change = (changes: object, secretVersion = 1): ChannelCommand => ({
  kind: 'ChangeChannel',
  spec: spec(changes),
  secretVersion,
  kinds,
})

const after = (...commands: ChannelCommand[]): ChannelState =>
  commands.reduce<ChannelState>(
    (state, command) => channel.decide(command, state).reduce(channel.evolve, state),
    channel.initial,
  )

const outcomes: [string, ChannelCommand[], ChannelCommand, string[]][] = [
  ['created', [], creation, ['channelCreated']],
  ['created again', [creation], creation, []],
  ['changed', [creation], change({ name: 'd' }), ['channelChanged']],
  ['its secrets set anew', [creation], change({}, 2), ['channelChanged']],
  ['changed to what it is', [creation], change({ language: 'en' }), []],
  ['its zone set', [creation], change({ timeZone: 'Europe/Paris' }), ['channelChanged']],
  ['deleted', [creation], deletion, ['channelDeleted']],
  ['deleted twice', [creation, deletion], deletion, []],
]
for (const [name, before, command, expected] of outcomes)
  test(name, () =>
    assert.deepEqual(
      channel.decide(command, after(...before)).map((event) => event.case),
      expected,
    ),
  )

const refusals: [string, ChannelCommand[], ChannelCommand, RegExp][] = [
  ['a kind that there is not', [], { ...creation, spec: spec({ kind: 'pigeon' }) }, /one of: webhook, slack/],
  ['another kind', [creation], change({ kind: 'webhook' }), /keeps its kind/],
  ['older secrets', [creation, change({}, 2)], change({ name: 'd' }, 1), /set anew meanwhile/],
  ['a language that nobody translated', [], { ...creation, spec: spec({ language: 'de' }) }, /en or fr/],
  ['a zone that there is not', [], { ...creation, spec: spec({ timeZone: 'Mars/Olympus' }) }, /no time zone/],
  ['no name', [], { ...creation, spec: spec({ name: ' ' }) }, /needs a name/],
  ['what is deleted', [creation, deletion], change({ name: 'd' }), /was deleted/],
]
for (const [name, before, command, reason] of refusals)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => channel.decide(command, after(...before)),
      (error) => error instanceof Rejected && reason.test(error.message),
    ))
