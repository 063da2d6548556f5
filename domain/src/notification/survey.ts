// An open incident as it is now: which of its alerts are firing, which are over and not told so yet, and which have to
// leave because something mutes them.

import { ToldState } from '@secumon/contracts/gen/notification'
import { isOwing, LEFT_RESOLVED } from './membership.ts'
import type { Incident, KnownAlert, Membership, TenantState } from './state.ts'

/** One alert of an incident. */
export type Told = {
  readonly id: string
  readonly severity: number
  /** What was told of it last; unspecified: nothing yet. */
  readonly told: ToldState
  /** What is to be told of it now. */
  readonly state: ToldState
  /** Since when somebody has to see to it: it joined, or it is not acknowledged any more. */
  readonly sinceMs: number
}

export type Leaving = { readonly alert: string; readonly why: string }

export type Survey = {
  readonly firing: readonly Told[]
  /** Of those that are firing. */
  readonly unacknowledged: readonly Told[]
  /** Its end has to be told. */
  readonly over: readonly Told[]
  readonly leaving: readonly Leaving[]
  /** Muted, and not over: their end is still owed. */
  readonly quiet: number
}

type Draft = { firing: Told[]; over: Told[]; leaving: Leaving[]; quiet: number }

/** @param joiners alerts that join now */
export function survey(
  tenant: TenantState,
  incident: Incident | undefined,
  { joiners, nowMs }: { readonly joiners: readonly KnownAlert[]; readonly nowMs: number },
): Survey {
  const draft: Draft = { firing: [], over: [], leaving: [], quiet: 0 }
  const isSummary = incident?.summary ?? false
  for (const [id, member] of incident?.members ?? []) {
    const alert = tenant.alerts.get(id)
    if (!alert || alert.phase === 'resolved') end(draft, { id, member, alert }, isSummary)
    else look(draft, { alert, member }, tenant)
  }
  for (const [id, told] of incident?.departed ?? []) {
    const alert = tenant.alerts.get(id)
    if (alert && alert.phase !== 'resolved') draft.quiet++
    else if (told !== ToldState.RESOLVED) draft.over.push(over(id, alert, told))
  }
  for (const alert of joiners)
    if (alert.phase === 'resolved') draft.over.push(over(alert.id, alert, ToldState.UNSPECIFIED))
    else draft.firing.push(firing(alert, ToldState.UNSPECIFIED, nowMs))
  const unacknowledged = draft.firing.filter(({ state }) => state === ToldState.FIRING)
  return { ...draft, unacknowledged }
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
  if (verdict?.outcome !== 'mute') {
    draft.firing.push(firing(alert, member.told, member.joinedAtMs))
    return
  }
  draft.leaving.push({ alert: alert.id, why: verdict.stage })
  if (isOwing(member)) draft.quiet++
}

function firing(alert: KnownAlert, told: ToldState, joinedAtMs: number): Told {
  const { id, severity, acknowledgedUntilMs, attentionAtMs } = alert
  const state = acknowledgedUntilMs === undefined ? ToldState.FIRING : ToldState.ACKNOWLEDGED
  return { id, severity, told, state, sinceMs: Math.max(joinedAtMs, attentionAtMs) }
}

const over = (id: string, alert: KnownAlert | undefined, told: ToldState): Told => ({
  id,
  severity: alert?.severity ?? 0,
  told,
  state: ToldState.RESOLVED,
  sinceMs: 0,
})
