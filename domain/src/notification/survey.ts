// An open incident as it is now: which of its alerts are firing, which are over and not told so yet, which have to leave
// because something mutes them, and which rest: nothing is known of them now, and they go on where they were.

import type { EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { ToldState } from '@secumon/contracts/gen/notification'
import { isOwing, LEFT_RESOLVED } from './membership.ts'
import type { Incident, KnownAlert, Membership } from './held.ts'
import type { TenantState } from './state.ts'
import type { StageName, Verdict } from './verdict.ts'

/** One alert of an incident. */
export type Told = {
  readonly id: string
  readonly severity: number
  /** What was told of it last; unspecified: nothing yet. */
  readonly told: ToldState
  /** What is to be told of it now. */
  readonly state: ToldState
}

export type Leaving = { readonly alert: string; readonly why: string }

export type Survey = {
  readonly firing: readonly Told[]
  /** Of those that are firing. */
  readonly unacknowledged: readonly Told[]
  /** Its end has to be told. */
  readonly over: readonly Told[]
  readonly leaving: readonly Leaving[]
  /** Not over, and nothing is said of them now: they rest, or were muted and their end is still owed. */
  readonly quiet: number
}

/** What mutes for as long as a host cannot be heard. Alerts stay in their incident meanwhile, with what was told of them. */
const RESTS: ReadonlySet<StageName> = new Set(['dependency', 'unknown_host'])

const rests = ({ stage, outcome }: Verdict): boolean => outcome === 'hold' || RESTS.has(stage)

type Draft = { firing: Told[]; over: Told[]; leaving: Leaving[]; quiet: number }

export type Surveying = {
  /** Alerts that join now. */
  readonly joiners: readonly KnownAlert[]
  readonly spec: Pick<EscalationPolicySpec, 'sendResolved'>
}

export function survey(tenant: TenantState, incident: Incident, surveying: Surveying): Survey {
  const draft: Draft = { firing: [], over: [], leaving: [], quiet: 0 }
  for (const [id, member] of incident.members) {
    const alert = tenant.alerts.get(id)
    if (!alert || alert.phase === 'resolved') end(draft, { id, member, alert }, incident.summary)
    else look(draft, { alert, member }, tenant)
  }
  for (const [id, told] of incident.departed) {
    const alert = tenant.alerts.get(id)
    if (alert && alert.phase !== 'resolved') draft.quiet++
    else if (told !== ToldState.RESOLVED) draft.over.push(over(id, alert, told))
  }
  for (const alert of surveying.joiners) join(draft, alert)
  if (!surveying.spec.sendResolved && !incident.summary) dropEnds(draft)
  const unacknowledged = draft.firing.filter(({ state }) => state === ToldState.FIRING)
  return { ...draft, unacknowledged }
}

function join(draft: Draft, alert: KnownAlert): void {
  if (alert.phase === 'resolved') draft.over.push(over(alert.id, alert, ToldState.UNSPECIFIED))
  else draft.firing.push(firing(alert, ToldState.UNSPECIFIED))
}

// Where nobody wants to hear of it, what is over just leaves.
function dropEnds(draft: Draft): void {
  draft.leaving.push(...draft.over.map(({ id }) => ({ alert: id, why: LEFT_RESOLVED })))
  draft.over = []
}

type Ended = { readonly id: string; readonly member: Membership; readonly alert: KnownAlert | undefined }

// What nobody was told of needs no end, unless the incident is there to tell of it.
function end(draft: Draft, { id, member, alert }: Ended, isSummary: boolean): void {
  const { told } = member
  const isNews = isSummary && told === ToldState.UNSPECIFIED
  if (isNews || isOwing(member)) draft.over.push(over(id, alert, told))
  else draft.leaving.push({ alert: id, why: LEFT_RESOLVED })
}

type Member = { readonly alert: KnownAlert; readonly member: Membership }

function look(draft: Draft, { alert, member }: Member, { derived }: TenantState): void {
  const verdict = derived.verdicts.get(alert.id)
  if (!verdict || verdict.outcome === 'pass') {
    draft.firing.push(firing(alert, member.told))
    return
  }
  if (rests(verdict)) {
    draft.quiet++
    return
  }
  draft.leaving.push({ alert: alert.id, why: verdict.stage })
  if (isOwing(member)) draft.quiet++
}

const firing = ({ id, severity, acknowledgedUntilMs }: KnownAlert, told: ToldState): Told => ({
  id,
  severity,
  told,
  state: acknowledgedUntilMs === undefined ? ToldState.FIRING : ToldState.ACKNOWLEDGED,
})

const over = (id: string, alert: KnownAlert | undefined, told: ToldState): Told => ({
  id,
  severity: alert?.severity ?? 0,
  told,
  state: ToldState.RESOLVED,
})
