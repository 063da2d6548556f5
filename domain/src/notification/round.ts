// Which round of an incident is due, to whom, and when to look again.

import { RoundKind } from '@secumon/contracts/gen/notification'
import type { EscalationPolicySpec, EscalationStep } from '@secumon/contracts/gen/escalation'
import { hoursAt } from '../calendar/active-hours.ts'
import {
  joined,
  NOBODY,
  reachableMs,
  reachedBy,
  toldBefore,
  type Reach,
  type Reached,
} from './stages/channel.ts'
import { candidates, hasNews, type Candidate } from './stages/deduplication.ts'
import { reachingStep } from './stages/escalation-step.ts'
import type { Incident } from './held.ts'
import { isForTold } from './membership.ts'
import type { TenantState } from './state.ts'
import type { Survey } from './survey.ts'

export type Round = {
  readonly kind: RoundKind
  readonly step: number
  readonly repeat: number
  readonly dueAtMs: number
} & Reach

export type NextRound = {
  readonly round: Round | undefined
  /** Something is still to be said, now or later. */
  readonly isOwing: boolean
  readonly wakeMs: number
}

export type RoundQuestion = {
  readonly spec: EscalationPolicySpec
  readonly survey: Survey
  readonly nowMs: number
}

export function nextRound(tenant: TenantState, incident: Incident, question: RoundQuestion): NextRound {
  const { spec, nowMs } = question
  const found = [...missed(tenant, incident, question), ...candidates(incident, question)]
  if (found.length === 0) return { round: undefined, isOwing: false, wakeMs: Infinity }
  const hours = hoursAt(spec.activeHours, nowMs)
  if (!hours.active) return { round: undefined, isOwing: true, wakeMs: hours.untilMs }
  const due = found.find(({ atMs }) => atMs <= nowMs)
  if (!due) return { round: undefined, isOwing: true, wakeMs: Math.min(...found.map(({ atMs }) => atMs)) }
  const round = heard(tenant, incident, roundOf(tenant, incident, { ...question, due }))
  return { round, isOwing: round === undefined, wakeMs: Infinity }
}

// Where the message before still waits, a reminder of it would only wait behind it. Once that is out, or given up, the incident
// is looked at again.
function heard({ derived, messages }: TenantState, { id }: Incident, round: Round): Round | undefined {
  if (round.kind !== RoundKind.REPEATED || round.reached.length === 0) return round
  const waits = ({ channel }: Reached): boolean =>
    [...(derived.queues.get(channel) ?? [])].some((message) => messages.get(message)?.incident === id)
  const reached = round.reached.filter((each) => !waits(each))
  return reached.length > 0 ? { ...round, reached } : undefined
}

// What was for somebody who was not there is told as soon as somebody is.
function missed(
  tenant: TenantState,
  incident: Incident,
  { spec, survey, nowMs }: RoundQuestion,
): Candidate[] {
  if (!incident.missed || survey.unacknowledged.length === 0) return []
  const kind = incident.recipients.size === 0 ? RoundKind.FIRST : RoundKind.REPEATED
  return [{ kind, atMs: reachableMs(tenant, toldSteps(incident, spec), nowMs) }]
}

type Due = RoundQuestion & { readonly due: Candidate }

function roundOf(tenant: TenantState, incident: Incident, question: Due): Round {
  const { due, spec, nowMs } = question
  const { kind, atMs: dueAtMs, step: wanted } = due
  const own = wanted
    ? reachingStep(tenant, spec, { from: wanted.step, atMs: nowMs })
    : { step: Math.max(0, incident.step), ...NOBODY }
  const reach = joined(own, others(tenant, incident, question))
  const repeat = wanted?.repeat ?? incident.repeat
  const round = { kind, step: own.step, repeat, dueAtMs, ...reach }
  const isMissed = reach.reached.length === 0 && !wanted && !isForTold(kind)
  return isMissed ? further(tenant, incident, { round, spec, nowMs }) : round
}

type Missed = { readonly round: Round; readonly spec: EscalationPolicySpec; readonly nowMs: number }

// Of those whose turn it was before nobody is there: the next step's turn has come.
function further(tenant: TenantState, { step: told }: Incident, { round, spec, nowMs }: Missed): Round {
  const { step, ...reach } = reachingStep(tenant, spec, { from: told + 1, atMs: nowMs })
  const asked = joined(round, reach)
  if (reach.reached.length === 0) return { ...round, ...asked }
  return { ...round, kind: RoundKind.ESCALATED, step, ...asked }
}

// News is for all who were reached so far, and what is over for all who were told: they may be others by now.
function others(tenant: TenantState, incident: Incident, { due, spec, survey, nowMs }: Due): Reach {
  const { kind, step: wanted } = due
  const told = toldBefore(tenant, incident)
  if (isForTold(kind)) return told
  const isQuiet = incident.rounds === 0 || due.isAnew || (wanted !== undefined && !hasNews(survey))
  const steps = toldSteps(incident, spec)
  const asked = { from: 0, until: isQuiet ? 0 : steps.length, atMs: nowMs }
  return joined(reachedBy(tenant, steps, asked), survey.over.length > 0 ? told : NOBODY)
}

const toldSteps = ({ step, repeat }: Incident, { steps }: EscalationPolicySpec): EscalationStep[] =>
  repeat > 0 ? steps : steps.slice(0, step + 1)
