// What the stages say of one alert, what is said of that in the log, and whether the alert wants to be in an incident.

import { groupKey, groupOf } from './group.ts'
import { addTo, removeFrom } from './sets.ts'
import { MUTING_STAGES } from './stages/stages.ts'
import type { StageContext } from './stages/stage.ts'
import { activeHours } from './stages/active-hours.ts'
import { wasAway } from './stages/late.ts'
import { maintenance } from './stages/maintenance.ts'
import { policy } from './stages/policy.ts'
import { silence } from './stages/silence.ts'
import { NO_DATA_MS } from './settling.ts'
import type { KnownAlert } from './held.ts'
import type { TenantState } from './state.ts'
import type { Verdict } from './verdict.ts'
import { forget } from './fold/fold-alert.ts'

/** The first stage that does not let it pass, else the last; and when that may be otherwise. */
export function judge(alert: KnownAlert, context: StageContext): Verdict {
  return judgeBy(MUTING_STAGES, alert, context)
}

function judgeBy(stages: typeof MUTING_STAGES, alert: KnownAlert, context: StageContext): Verdict {
  let untilMs = Infinity
  let last: Verdict | undefined
  for (const stage of stages) {
    last = stage(alert, context)
    untilMs = Math.min(untilMs, last.untilMs)
    if (last.outcome !== 'pass') break
  }
  return { stage: 'channel', outcome: 'pass', by: '', detail: '', ...last, untilMs }
}

const AFTER_LATE = MUTING_STAGES.slice(1)
/** Those that know what was then. */
const AFTERWARDS = [maintenance, silence, policy, activeHours]

/** Looks at one alert: keeps its verdict and its wish. Returns when it has to be looked at again. */
export function assess(tenant: TenantState, alert: KnownAlert, nowMs: number): number {
  if (alert.phase === 'pending') return Infinity
  if (alert.phase === 'resolved') return assessResolved(tenant, alert)
  const verdict = judge(alert, { tenant, atMs: nowMs })
  const before = tenant.derived.verdicts.get(alert.id)
  tenant.derived.verdicts.set(alert.id, verdict)
  const isSame = before?.outcome === verdict.outcome && before.stage === verdict.stage
  if (alert.incident !== '' && !isSame) tenant.derived.dirty.incidents.add(alert.incident)
  const { key, untilMs } = wishOf(tenant, alert, { verdict, nowMs })
  wish(tenant, alert, key)
  return Math.min(untilMs, alert.acknowledgedUntilMs || Infinity)
}

type Judged = { readonly verdict: Verdict; readonly nowMs: number }

type Wish = { readonly key: string | undefined; readonly untilMs: number }

// What came late is to be told together, unless something else mutes it.
function wishOf(tenant: TenantState, alert: KnownAlert, { verdict, nowMs }: Judged): Wish {
  const { stage, outcome, untilMs } = verdict
  if (isMember(tenant, alert)) return { key: undefined, untilMs }
  if (outcome === 'pass') return { key: departedFrom(tenant, alert) ?? keyOf(tenant, alert, false), untilMs }
  if (stage !== 'late' || outcome !== 'mute') return { key: undefined, untilMs }
  const rest = judgeBy(AFTER_LATE, alert, { tenant, atMs: nowMs })
  const key = rest.outcome === 'pass' ? keyOf(tenant, alert, true) : undefined
  return { key, untilMs: Math.min(untilMs, rest.untilMs) }
}

// It fired and is over, and nobody was told: it is told afterwards, or it is said what muted it then.
function assessResolved(tenant: TenantState, alert: KnownAlert): number {
  const { verdicts } = tenant.derived
  verdicts.delete(alert.id)
  const isMissed = alert.incident === '' && isUntold(alert)
  // Of when it happened, not of when that was found out.
  const verdict = isMissed ? judgeBy(AFTERWARDS, alert, { tenant, atMs: alert.eventAtMs }) : undefined
  wish(tenant, alert, verdict?.outcome === 'pass' ? keyOf(tenant, alert, true) : undefined)
  if (verdict?.outcome === 'mute') verdicts.set(alert.id, verdict)
  if (alert.incident === '' && !isMissed) forget(tenant, alert)
  return Infinity
}

function isUntold(alert: KnownAlert): boolean {
  const { firedAtMs, resolvedAtMs, noData, handled } = alert
  const wasHeld = noData && !wasAway(alert) && resolvedAtMs - firedAtMs < NO_DATA_MS
  return !handled && firedAtMs > 0 && !wasHeld
}

const isMember = ({ incidents }: TenantState, { id, incident }: KnownAlert): boolean =>
  incidents.get(incident)?.members.has(id) ?? false

// It comes back to where it was told before, as long as that takes alerts.
function departedFrom({ incidents, derived }: TenantState, { incident }: KnownAlert): string | undefined {
  const held = incidents.get(incident)
  if (!held) return undefined
  const key = groupKey(held)
  return derived.openByGroup.get(key) === incident ? key : undefined
}

const keyOf = (tenant: TenantState, alert: KnownAlert, summary: boolean): string =>
  groupKey(groupOf(tenant, alert, summary))

function wish({ derived }: TenantState, { id }: KnownAlert, key: string | undefined): void {
  const before = derived.waitsIn.get(id)
  if (before !== undefined && before !== key) {
    removeFrom(derived.waiting, before, id)
    derived.waitsIn.delete(id)
    derived.dirty.groups.add(before)
  }
  if (key === undefined) return
  derived.waitsIn.set(id, key)
  addTo(derived.waiting, key, id)
  derived.dirty.groups.add(key)
}
