// What becomes of one incident now, as one decision: who joins and leaves it, whom it tells, and whether it is over.

import { create } from '@bufbuild/protobuf'
import {
  AlertJoinedSchema,
  AlertLeftSchema,
  IncidentClosedSchema,
  IncidentOpenedSchema,
  RoundDueSchema,
  type IncidentAlert,
  type RoundDue,
} from '@secumon/contracts/gen/notification'
import type { DomainEvent } from '../decider.ts'
import { groupKey, type Group } from './group.ts'
import { LEFT_RESOLVED } from './membership.ts'
import { nextRound, type Round } from './round.ts'
import type { HeldPolicy, Incident, KnownAlert } from './held.ts'
import type { NotifyOptions, TenantState } from './state.ts'
import { survey, type Survey, type Told } from './survey.ts'

export type Advance = { readonly events: readonly DomainEvent[]; readonly wakeMs: number }

export type Advancing = {
  readonly tenant: TenantState
  readonly options: NotifyOptions
  readonly policy: HeldPolicy
  readonly nowMs: number
  /** That want to be in it, the oldest first. */
  readonly joiners: readonly KnownAlert[]
}

/** The next events of an incident that is open, or of one that its first joiner opens. */
export function advance(held: Incident, advancing: Advancing): Advance {
  const { tenant, policy, nowMs, joiners } = advancing
  const found = survey(tenant, held, { joiners, spec: policy.spec })
  const { round, isOwing, wakeMs } = nextRound(tenant, held, { spec: policy.spec, survey: found, nowMs })
  const isOver = found.firing.length === 0 && found.quiet === 0 && !isOwing
  const events = [
    ...joining(held, advancing),
    ...found.leaving.map(({ alert, why }) => left(alert, why)),
    ...(round ? [roundDue(held, advancing, { round, survey: found })] : []),
    ...settled(found, { isTold: round !== undefined, isOwing }),
    ...(isOver ? [closed()] : []),
  ]
  return { events, wakeMs }
}

/** An incident that is not in the log yet, as its first event will make it. */
export function newIncident(group: Group, { tenant, options, policy, nowMs, joiners }: Advancing): Incident {
  const [first] = joiners
  const id = options.incidentId({
    tenant: tenant.tenant,
    policy: group.policy,
    group: groupKey(group).slice(group.policy.length + 1),
    alert: first?.id ?? '',
    number: first?.joins ?? 0,
    atMs: first?.firedAtMs ?? nowMs,
  })
  const waitMs = group.summary ? 0 : policy.spec.groupWaitMs
  return {
    ...group,
    id,
    dueAtMs: nowMs + waitMs,
    events: 0,
    members: new Map(),
    departed: new Map(),
    rounds: 0,
    lastRoundAtMs: nowMs,
    step: -1,
    repeat: 0,
    stepAtMs: nowMs,
    acknowledged: false,
    unseenSinceMs: nowMs,
    missed: false,
    recipients: new Map(),
    onTheWay: 0,
    full: false,
    closed: false,
  }
}

function joining(held: Incident, { policy, joiners }: Advancing): DomainEvent[] {
  const [first, ...rest] = joiners
  if (held.events > 0 || !first) return joiners.map(joined)
  const value = create(IncidentOpenedSchema, {
    policy: held.policy,
    policyVersion: BigInt(policy.version),
    group: { ...held.group },
    alert: inIncident(first),
    dueAtMs: BigInt(held.dueAtMs),
    summary: held.summary,
  })
  return [{ case: 'incidentOpened', value }, ...rest.map(joined)]
}

type Telling = { readonly round: Round; readonly survey: Survey }

function roundDue(held: Incident, advancing: Advancing, { round, survey: found }: Telling): DomainEvent {
  const { kind, step, repeat, dueAtMs } = round
  const told = [...found.firing.toSorted(worstFirst), ...found.over.toSorted(worstFirst)]
  const value = create(RoundDueSchema, {
    kind,
    step,
    repeat,
    notifications: planned(held, advancing, round),
    alerts: told.map(({ id, state }) => ({ alert: id, state })),
    dueAtMs: BigInt(Math.ceil(dueAtMs)),
    unreached: [...round.unreached],
  })
  return { case: 'roundDue', value }
}

const worstFirst = (a: Told, b: Told): number =>
  b.severity - a.severity || (a.id < b.id ? -1 : Number(a.id > b.id))

type Planned = Pick<RoundDue['notifications'][number], 'notification' | 'channel' | 'schedule' | 'member'>

const planned = (held: Incident, { options, nowMs }: Advancing, { reached }: Round): Planned[] =>
  reached.map(({ channel, schedule, member }) => {
    const seed = { incident: held.id, round: held.rounds, channel, atMs: nowMs }
    return { notification: options.notificationId(seed), channel, schedule, member }
  })

// What is over stays until it was told, where anybody is to be told.
function settled(found: Survey, { isTold, isOwing }: { isTold: boolean; isOwing: boolean }): DomainEvent[] {
  const stays = isOwing && !isTold
  return stays ? [] : found.over.map(({ id }) => left(id, LEFT_RESOLVED))
}

const inIncident = ({ id, severity }: KnownAlert): Pick<IncidentAlert, 'alert' | 'severity'> => ({
  alert: id,
  severity,
})

const joined = (alert: KnownAlert): DomainEvent => ({
  case: 'alertJoined',
  value: create(AlertJoinedSchema, { alert: inIncident(alert) }),
})

const left = (alert: string, why: string): DomainEvent => ({
  case: 'alertLeft',
  value: create(AlertLeftSchema, { alert, why }),
})

const closed = (): DomainEvent => ({ case: 'incidentClosed', value: create(IncidentClosedSchema) })
