// Which round of an incident is due, to whom, and when to look again.

import { RoundKind } from '@secumon/contracts/gen/notification'
import type { EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { hoursAt } from '../calendar/active-hours.ts'
import { reachedBy, toldBefore, type Reached } from './stages/channel.ts'
import { candidates, hasNews, type Candidate } from './stages/deduplication.ts'
import { reachingStep } from './stages/escalation-step.ts'
import type { Incident } from './held.ts'
import type { TenantState } from './state.ts'
import type { Survey } from './survey.ts'

export type Round = {
  readonly kind: RoundKind
  readonly step: number
  readonly repeat: number
  readonly dueAtMs: number
  readonly reached: readonly Reached[]
}

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
  const found = candidates(incident, question)
  if (found.length === 0) return { round: undefined, isOwing: false, wakeMs: Infinity }
  const hours = hoursAt(spec.activeHours, nowMs)
  if (!hours.active) return { round: undefined, isOwing: true, wakeMs: hours.untilMs }
  const due = found.find(({ atMs }) => atMs <= nowMs)
  if (!due) return { round: undefined, isOwing: true, wakeMs: Math.min(...found.map(({ atMs }) => atMs)) }
  return { round: roundOf(tenant, incident, { ...question, due }), isOwing: false, wakeMs: Infinity }
}

type Due = RoundQuestion & { readonly due: Candidate }

function roundOf(tenant: TenantState, incident: Incident, question: Due): Round {
  const { kind, atMs: dueAtMs, step: wanted } = question.due
  const { step, reached } = wanted
    ? reachingStep(tenant, question.spec, { from: wanted.step, atMs: question.nowMs })
    : { step: Math.max(0, incident.step), reached: [] }
  const repeat = wanted?.repeat ?? incident.repeat
  return {
    kind,
    step,
    repeat,
    dueAtMs,
    reached: onlyOnce([...reached, ...others(tenant, incident, question)]),
  }
}

// News is for all who were reached so far, and what is over for all who were told: they may be others by now.
function others(tenant: TenantState, incident: Incident, { due, spec, survey, nowMs }: Due): Reached[] {
  const { kind, step: wanted } = due
  const { recipients, step, repeat, rounds } = incident
  const told = toldBefore(tenant, recipients)
  if (kind === RoundKind.RESOLVED || kind === RoundKind.ACKNOWLEDGED) return told
  const isQuiet = rounds === 0 || (wanted !== undefined && !hasNews(survey))
  const steps = repeat > 0 ? spec.steps : spec.steps.slice(0, step + 1)
  return [...(isQuiet ? [] : reachedBy(tenant, steps, nowMs)), ...(survey.over.length > 0 ? told : [])]
}

const onlyOnce = (all: readonly Reached[]): Reached[] =>
  all.filter(({ channel }, i) => all.findIndex((other) => other.channel === channel) === i)
