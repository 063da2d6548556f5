// What is said of alerts themselves: that nothing is sent of one and why, and that an acknowledgement has ended.

import { assess } from './assess.ts'
import type { NotifyDecision } from './decide.ts'
import { wakeKey } from './dirty.ts'
import type { Mute, NotificationCommand } from './notification.ts'
import type { KnownAlert } from './held.ts'
import type { NotifyState, TenantState } from './state.ts'

export function decideAlerts(state: NotifyState, tenant: TenantState, nowMs: number): NotifyDecision[] {
  const { dirty } = tenant.derived
  const decisions: NotifyDecision[] = []
  for (const id of [...dirty.alerts].toSorted()) {
    const alert = tenant.alerts.get(id)
    const wakeMs = alert ? assess(tenant, alert, nowMs) : Infinity
    const said = alert && tenant.alerts.has(id) ? say(tenant, alert, nowMs) : []
    decisions.push(...said)
    if (said.length === 0) dirty.alerts.delete(id)
    state.wakes.set(wakeKey(tenant.tenant, 'alert', id), wakeMs > nowMs ? wakeMs : Infinity)
  }
  return decisions
}

function say(tenant: TenantState, alert: KnownAlert, nowMs: number): NotifyDecision[] {
  const isOver = alert.phase === 'resolved'
  return [...(isOver ? [] : expire(tenant, alert, nowMs)), ...tellMute(tenant, alert)]
}

function expire({ tenant }: TenantState, alert: KnownAlert, nowMs: number): NotifyDecision[] {
  const { id, acknowledgedUntilMs: untilMs } = alert
  if (!untilMs || untilMs > nowMs) return []
  const command = { kind: 'ExpireAcknowledgement', atMs: nowMs } as const
  return [{ tenant, aggregate: 'alert', id, command, key: `${id} acknowledged until ${untilMs}` }]
}

function tellMute({ tenant, derived }: TenantState, alert: KnownAlert): NotifyDecision[] {
  const verdict = derived.verdicts.get(alert.id)
  if (!verdict || verdict.outcome === 'hold') return []
  const { stage, by, detail } = verdict
  const wanted = verdict.outcome === 'mute' ? { stage, by, detail } : undefined
  const { id, muted, mutes } = alert
  if (isSame(muted, wanted)) return []
  const command: NotificationCommand = wanted
    ? { kind: 'Mute', alert: id, ...wanted }
    : { kind: 'Unmute', alert: id }
  return [{ tenant, aggregate: 'notification', id, command, key: `${id} muted ${mutes}` }]
}

const isSame = (a: Mute | undefined, b: Mute | undefined): boolean =>
  a?.stage === b?.stage && a?.by === b?.by && a?.detail === b?.detail
