// Stage deduplication: what an incident has to say that it has not said, and when it may.

import type { EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { RoundKind, ToldState } from '@secumon/contracts/gen/notification'
import type { Incident } from '../held.ts'
import type { Survey } from '../survey.ts'
import { nextStep, type Step } from './escalation-step.ts'

/** A round that is due at a time. */
export type Candidate = {
  readonly kind: RoundKind
  readonly atMs: number
  /** Of a round that tells a step for the first time. */
  readonly step?: Step
  /** Nobody was told of what fires now: it begins with the first step, whoever was told of what came before. */
  readonly isAnew?: boolean
}

export type Saying = { readonly spec: EscalationPolicySpec; readonly survey: Survey; readonly nowMs: number }

/** What there is to say, what goes first first. Nothing when there is no news and nobody to be reminded. */
export function candidates(incident: Incident, saying: Saying): Candidate[] {
  if (incident.rounds === 0) return firstRound(incident, saying)
  const { survey, nowMs } = saying
  const { firing, unacknowledged, quiet } = survey
  if (firing.length === 0 && quiet === 0) return endOf(incident, saying)
  if (hasBegunAnew(incident, survey)) return [anew(incident, saying)]
  if (unacknowledged.length > 0)
    return [...escalation(incident, saying), ...changes(incident, saying), ...repeats(incident, saying)]
  if (firing.some(({ told }) => told === ToldState.FIRING))
    return [{ kind: RoundKind.ACKNOWLEDGED, atMs: nowMs }]
  return changes(incident, saying)
}

function firstRound({ summary, dueAtMs }: Incident, { spec, survey }: Saying): Candidate[] {
  const { over, firing, unacknowledged } = survey
  const [first] = spec.steps
  const step = { step: 0, repeat: 0, delayMs: first?.delayMs ?? 0 }
  if (summary)
    return firing.length + over.length > 0 ? [{ kind: RoundKind.SUMMARY, atMs: dueAtMs, step }] : []
  return unacknowledged.length > 0 ? [{ kind: RoundKind.FIRST, atMs: dueAtMs + step.delayMs, step }] : []
}

/** All that was told before is over, or rests, and something else fires. */
const hasBegunAnew = ({ summary, step, repeat }: Incident, { firing, unacknowledged }: Survey): boolean =>
  !summary &&
  step + repeat > 0 &&
  unacknowledged.length > 0 &&
  firing.every(({ told }) => told === ToldState.UNSPECIFIED)

function anew({ lastRoundAtMs }: Incident, { spec }: Saying): Candidate {
  const step = { step: 0, repeat: 0, delayMs: spec.steps[0]?.delayMs ?? 0 }
  const atMs = lastRoundAtMs + spec.groupIntervalMs + step.delayMs
  return { kind: RoundKind.FIRST, atMs, step, isAnew: true }
}

function endOf({ recipients }: Incident, { survey: { over }, nowMs }: Saying): Candidate[] {
  const isWanted = over.length > 0 && recipients.size > 0
  return isWanted ? [{ kind: RoundKind.RESOLVED, atMs: nowMs }] : []
}

function escalation(incident: Incident, saying: Saying): Candidate[] {
  const step = nextStep(saying.spec, incident)
  if (!step) return []
  const fromMs = Math.max(incident.stepAtMs, unseenSinceMs(incident, saying))
  return [{ kind: RoundKind.ESCALATED, atMs: fromMs + step.delayMs, step }]
}

function changes({ summary, lastRoundAtMs }: Incident, { spec, survey }: Saying): Candidate[] {
  if (!hasNews(survey)) return []
  const isUntold = [...survey.firing, ...survey.over].some(({ told }) => told === ToldState.UNSPECIFIED)
  const kind = summary && isUntold ? RoundKind.SUMMARY : RoundKind.CHANGED
  return [{ kind, atMs: lastRoundAtMs + spec.groupIntervalMs }]
}

/** True when something is over, or is worse than was told. That some were acknowledged is no news. */
export const hasNews = ({ firing, over }: Survey): boolean =>
  over.length > 0 || firing.some(({ told, state }) => state === ToldState.FIRING && told !== ToldState.FIRING)

function repeats(incident: Incident, saying: Saying): Candidate[] {
  const { repeatIntervalMs } = saying.spec
  if (repeatIntervalMs === 0) return []
  const fromMs = Math.max(incident.lastRoundAtMs, unseenSinceMs(incident, saying))
  return [{ kind: RoundKind.REPEATED, atMs: fromMs + repeatIntervalMs }]
}

// All was acknowledged, and what is not joins just now.
const unseenSinceMs = ({ acknowledged, unseenSinceMs: sinceMs }: Incident, { nowMs }: Saying): number =>
  acknowledged ? nowMs : sinceMs
