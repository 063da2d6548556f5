// What people do while a script runs: they acknowledge, silence, take each other's turn, and delete.

import { create } from '@bufbuild/protobuf'
import { MemberSchema, type Member } from '@secumon/contracts/gen/escalation'
import type { Matcher } from '@secumon/contracts/gen/muting'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { alert, type AlertCommand } from '../alert/alert.ts'
import { channel } from '../channel/channel.ts'
import { escalation } from '../escalation/escalation.ts'
import { maintenance } from '../maintenance/maintenance.ts'
import { rule } from '../rule/rule.ts'
import { schedule } from '../schedule/schedule.ts'
import { isSilent, silence, type SilenceCommand } from '../silence/silence.ts'
import { stateOf, type Held } from './aggregates.ts'
import { TimelineFault } from './fault.ts'
import { alertNames } from './happenings-of.ts'
import type { AlertChoice, InputOf } from './input.ts'
import { named } from './named.ts'
import { matchersText } from './parse-matchers.ts'
import type { Word } from './words.ts'
import type { World } from './world.ts'

export type Deed = InputOf<
  'retry' | 'ack' | 'unack' | 'note' | 'silence' | 'extend' | 'unsilence' | 'override' | 'delete'
>

type At = { readonly word: Word; readonly world: World }

/** @throws Rejected, TimelineFault */
export function applyDeed(deed: Deed, { word, world }: At): void {
  const { stampMs: atMs } = world
  switch (deed.kind) {
    case 'retry':
      return world.telling.retry(DEFAULT_TENANT, named(world, 'channel', deed.channel).id, atMs)
    case 'ack': {
      const { note, forMs, sticky } = deed
      const expiresAtMs = forMs === undefined ? 0 : atMs + forMs
      const command = { kind: 'Acknowledge', atMs, note, expiresAtMs, sticky } as const
      return onAlert(deed.alert, command, { word, world })
    }
    case 'unack':
      return onAlert(deed.alert, { kind: 'TakeBack' }, { word, world })
    case 'note':
      return onAlert(deed.alert, { kind: 'Note', note: deed.note }, { word, world })
    case 'silence':
      return createSilence(deed, world)
    case 'extend':
      return onSilence(deed, { kind: 'ExtendSilence', expiresAtMs: atMs + deed.forMs, atMs }, { word, world })
    case 'unsilence':
      return onSilence(deed, { kind: 'EndSilence', atMs }, { word, world })
    case 'override':
      return override(deed, world)
    case 'delete':
      return remove(deed, world)
  }
}

function onAlert(choice: AlertChoice, command: AlertCommand, { word, world }: At): void {
  const { ref } = chosenAlert(choice, { word, world })
  world.aggregates.execute({ ref, decider: alert, command, atMs: world.stampMs })
}

function chosenAlert({ words, rule: ruleName }: AlertChoice, { word, world }: At): Held {
  const { aggregates } = world
  const wanted = [...words.map(({ text }) => text), ...(ruleName === undefined ? [] : [ruleName])]
  const namesOf = ({ ref }: Held): string[] =>
    alertNames(aggregates, ref.tenant, ref.id).names.filter(Boolean)
  const fitting = aggregates.all(alert.aggregate).filter((held) => {
    const names = namesOf(held)
    return wanted.every((each) => names.includes(each))
  })
  const open = fitting.filter((held) => stateOf(held, alert)?.phase !== 'resolved')
  // Of what is over the newest is meant: the domain says what can be done with it.
  const [found, ...others] = open.length > 0 ? open : fitting.slice(-1)
  if (found && others.length === 0) return found
  const names = open.map((held) => namesOf(held).join(' '))
  throw new TimelineFault(found ? `say which alert: ${names.join('; ')}` : 'there is no such alert', word)
}

function createSilence({ matchers, inMs, forMs, reason, tenant }: InputOf<'silence'>, world: World): void {
  const { aggregates, stampMs: atMs } = world
  const startsAtMs = atMs + inMs
  const expiresAtMs = startsAtMs + forMs
  const command = {
    kind: 'CreateSilence',
    matchers,
    reason,
    startsAtMs,
    expiresAtMs,
    atMs,
    others: 0,
  } as const
  const id = world.newId('silence', tenant, matchersText(matchers))
  aggregates.execute({ ref: { tenant, id }, decider: silence, command, atMs })
}

type Meant = { readonly matchers: readonly Matcher[]; readonly tenant: string }

function onSilence({ matchers, tenant }: Meant, command: SilenceCommand, { word, world }: At): void {
  const { aggregates, stampMs: atMs } = world
  const text = matchersText(matchers)
  const found = aggregates.all(silence.aggregate, tenant).findLast((held) => {
    const state = stateOf(held, silence)
    return state && matchersText(state.matchers) === text && isSilent({ ...state, startsAtMs: 0 }, atMs)
  })
  if (!found) throw new TimelineFault('there is no silence with these labels', word)
  aggregates.execute({ ref: found.ref, decider: silence, command, atMs })
}

function override({ schedule: name, member, forMs }: InputOf<'override'>, world: World): void {
  const { aggregates, stampMs: atMs } = world
  const { id } = named(world, 'schedule', name)
  const command = {
    kind: 'OverrideSchedule',
    override: world.newId('override', id, member.text),
    member: memberNamed(member, id, world),
    fromMs: atMs,
    untilMs: atMs + forMs,
    reason: '',
    atMs,
  } as const
  aggregates.execute({ ref: { tenant: DEFAULT_TENANT, id }, decider: schedule, command, atMs })
}

// One of the schedule's people, else whoever a channel reaches.
function memberNamed(word: Word, id: string, world: World): Member {
  const layers = world.aggregates.state(DEFAULT_TENANT, id, schedule)?.spec.layers ?? []
  const member = layers.flatMap(({ members }) => members).find(({ name }) => name === word.text)
  if (member) return member
  const { id: reached } = named(world, 'channel', word)
  return create(MemberSchema, { name: word.text, channels: [reached] })
}

function remove({ of, name, tenant }: InputOf<'delete'>, world: World): void {
  const { aggregates, stampMs: atMs } = world
  const at = { ref: { tenant, id: named(world, of, name, tenant).id }, atMs }
  switch (of) {
    case 'rule':
      return aggregates.execute({ ...at, decider: rule, command: { kind: 'DeleteRule' } })
    case 'policy':
      return aggregates.execute({ ...at, decider: escalation, command: { kind: 'DeletePolicy' } })
    case 'schedule':
      return aggregates.execute({ ...at, decider: schedule, command: { kind: 'DeleteSchedule' } })
    case 'channel':
      return aggregates.execute({ ...at, decider: channel, command: { kind: 'DeleteChannel' } })
    case 'maintenance':
      return aggregates.execute({ ...at, decider: maintenance, command: { kind: 'CancelMaintenance' } })
  }
}
