// Which round of an incident is due, to whom, and when to look again.

import { RoundKind } from '@secumon/contracts/gen/notification'
import type { EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { hoursAt } from '../calendar/active-hours.ts'
import { reachedBy, toldBefore, type Reached } from './stages/channel.ts'
import { candidates, type Candidate } from './stages/deduplication.ts'
import { reachingStep } from './stages/escalation-step.ts'
import type { Incident, TenantState } from './state.ts'
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
  return { round: roundOf(tenant, incident, { due, spec, nowMs }), isOwing: false, wakeMs: Infinity }
}

type Due = { readonly due: Candidate; readonly spec: EscalationPolicySpec; readonly nowMs: number }

function roundOf(tenant: TenantState, incident: Incident, { due, spec, nowMs }: Due): Round {
  const { kind, atMs: dueAtMs, step: wanted } = due
  if (wanted) {
    const { step, reached } = reachingStep(tenant, spec, { from: wanted.step, atMs: nowMs })
    return { kind, step, repeat: wanted.repeat, dueAtMs, reached }
  }
  const { step, repeat, recipients } = incident
  const isForTold = kind === RoundKind.RESOLVED || kind === RoundKind.ACKNOWLEDGED
  const steps = repeat > 0 ? spec.steps : spec.steps.slice(0, step + 1)
  const reached = isForTold ? toldBefore(tenant, recipients) : reachedBy(tenant, steps, nowMs)
  return { kind, step: Math.max(0, step), repeat, dueAtMs, reached }
}
