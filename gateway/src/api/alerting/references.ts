// What a text names has to be there: a policy that tells a channel which nobody made tells nobody. The read model is asked
// first; what it lacks may have been made a moment ago, and the log knows.

import type { EscalationPolicySpec, Member, ScheduleSpec } from '@secumon/contracts/gen/escalation'
import type { RuleSpec } from '@secumon/contracts/gen/rule'
import { agent } from '@secumon/domain/agent'
import { channel } from '@secumon/domain/channel/channel'
import type { Decider } from '@secumon/domain/decider'
import { escalation } from '@secumon/domain/escalation/escalation'
import { Rejected } from '@secumon/domain/rejected'
import { schedule } from '@secumon/domain/schedule/schedule'
import { fold } from '@secumon/infra/eventlog/handle'
import type { Principal } from '../../auth/principal.ts'
import { carriedBefore, carryOut, type CommandDeps, type Order, type Shown } from '../carry-out.ts'
import type { Place } from './place.ts'

type Kind = 'channel' | 'schedule' | 'policy' | 'agent'

/** A thing that a text names, and where in the text. */
export type Reference = { readonly kind: Kind; readonly id: string; readonly at: string }

/** Of the policy's steps. */
export const policyReferences = ({ steps }: EscalationPolicySpec): Reference[] =>
  steps.flatMap(({ targets }, i) =>
    targets.flatMap(({ target }, j) =>
      target.case === undefined
        ? []
        : [{ kind: target.case, id: target.value, at: `spec.steps.${i}.targets.${j}` }],
    ),
  )

/** Of the schedule's layers. */
export const scheduleReferences = ({ layers }: ScheduleSpec): Reference[] =>
  layers.flatMap(({ members }, i) =>
    members.flatMap((member, j) => memberReferences(member, `spec.layers.${i}.members.${j}`)),
  )

/** The ways to one person. */
export const memberReferences = ({ channels }: Member, at: string): Reference[] =>
  channels.map((id, i) => ({ kind: 'channel', id, at: `${at}.channels.${i}` }))

/** The rule's policy and, of a tenant's own rule, its agent: one of the platform may be about any tenant's. */
export function ruleReferences(
  { escalationPolicy, scope }: RuleSpec,
  { isPlatform }: { readonly isPlatform: boolean },
): Reference[] {
  const who = scope?.scope
  return [
    ...(escalationPolicy === ''
      ? []
      : [{ kind: 'policy' as const, id: escalationPolicy, at: 'spec.escalation_policy' }]),
    ...(who?.case === 'agent' && !isPlatform
      ? [{ kind: 'agent' as const, id: who.value, at: 'spec.scope.agent' }]
      : []),
  ]
}

type Naming<Command, State> = {
  readonly place: Place
  readonly order: Omit<Order<Command, State>, 'tenant'>
  readonly references: readonly Reference[]
}

/** Carries out a command whose text names other things. @throws Rejected `invalid` naming each that is not there */
export async function carryOutNaming<Command, State>(
  deps: CommandDeps,
  principal: Principal,
  { place, order: asked, references }: Naming<Command, State>,
): Promise<Shown> {
  const order = { ...asked, tenant: place.tenant }
  const before = await carriedBefore(deps, order)
  if (before) return before
  if (references.length > 0) {
    await requireDecidable(deps, order)
    await requireKnown(deps, place, references)
  }
  return carryOut(deps, principal, order)
}

// What is wrong with it otherwise comes first: who may not see a policy learns nothing about what it names.
async function requireDecidable<Command, State>(
  { store }: CommandDeps,
  { decider, tenant, id, command }: Order<Command, State>,
): Promise<void> {
  const { envelopes } = await store.read({ tenant, aggregate: decider.aggregate, id })
  decider.decide(command, fold(decider, envelopes))
}

async function requireKnown(
  deps: CommandDeps,
  place: Place,
  references: readonly Reference[],
): Promise<void> {
  const faults: string[] = []
  for (const [id, [first]] of Map.groupBy(references, ({ id }) => id))
    if (first && !(await isKnown(deps, place, first)))
      faults.push(`${first.at}: there is no ${WORDS[first.kind]} ${id}`)
  if (faults.length > 0) throw new Rejected('invalid', faults.join('; '))
}

const WORDS: Readonly<Record<Kind, string>> = {
  channel: 'channel',
  schedule: 'on-call schedule',
  policy: 'escalation policy',
  agent: 'agent',
}

async function isKnown(
  { reads, store }: CommandDeps,
  { tenant, scopes }: Place,
  { kind, id }: Reference,
): Promise<boolean> {
  const isInLog = async <Command, State extends object | undefined>(
    decider: Decider<Command, State>,
  ): Promise<boolean> => {
    const { envelopes } = await store.read({ tenant, aggregate: decider.aggregate, id })
    const state = fold(decider, envelopes)
    return state !== undefined && !('deleted' in state && state.deleted)
  }
  const shown = (row: { readonly deleted: boolean } | undefined): boolean | undefined => row && !row.deleted
  switch (kind) {
    case 'channel':
      return shown(await reads.alerting.findChannel(scopes, id)) ?? isInLog(channel)
    case 'schedule':
      return shown(await reads.alerting.findSchedule(scopes, id)) ?? isInLog(schedule)
    case 'policy':
      return shown(await reads.alerting.findPolicy(scopes, id)) ?? isInLog(escalation)
    case 'agent':
      return isInLog(agent)
  }
}
