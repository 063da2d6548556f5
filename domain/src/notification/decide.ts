// What has to be written now: on incidents, on messages, on alerts whose acknowledgement has ended. Looks at what has
// changed or is due, and at nothing else. What it decides it decides again until the log has told it back, under the same
// key, so that nothing is lost when an append is.

import type { AlertCommand } from '../alert/alert.ts'
import { uncontained, type Contain } from './contain.ts'
import { decideAlerts } from './decide-alerts.ts'
import { decideIncidents } from './decide-incidents.ts'
import { decideMessages } from './decide-messages.ts'
import { partOf, touchAgent, touchAlert, touchAll, touchTenant } from './dirty.ts'
import { recover } from './fold/fold-alert.ts'
import { hold, holdMaintenance, wakeMaintenance, wakeSilence } from './fold/fold-muting.ts'
import type { IncidentCommand } from './incident.ts'
import type { NotificationCommand } from './notification.ts'
import { CLOCK_STEP_MS } from './settling.ts'
import { tenantOf, type NotifyState, type TenantState } from './state.ts'

type On<Aggregate extends string, Command> = {
  readonly tenant: string
  readonly aggregate: Aggregate
  readonly id: string
  readonly command: Command
  /** Stable: the command id is a hash of it. */
  readonly key: string
}

/** A command for one aggregate. Those of one aggregate are to be carried out in order. */
export type NotifyDecision =
  On<'incident', IncidentCommand> | On<'notification', NotificationCommand> | On<'alert', AlertCommand>

/** In a stable order. Who contains what fails for a tenant looks at all of that tenant again before the next try. */
export function decide(state: NotifyState, nowMs: number, contain = uncontained): NotifyDecision[] {
  noticePutBack(state, nowMs, contain)
  for (const key of state.wakes.take(nowMs)) contain(partOf(key).tenant, () => wake(state, key, nowMs))
  const decisions: NotifyDecision[] = []
  for (const name of [...state.dirtyTenants].toSorted()) {
    const tenant = tenantOf(state, name)
    const decided = contain(name, () => decideTenant(state, tenant, nowMs))
    if (decided) decisions.push(...decided)
    if (decided && isClean(tenant)) state.dirtyTenants.delete(name)
  }
  return decisions
}

function decideTenant(state: NotifyState, tenant: TenantState, nowMs: number): NotifyDecision[] {
  return [
    ...decideAlerts(state, tenant, nowMs),
    ...decideIncidents(state, tenant, nowMs),
    ...decideMessages(tenant),
  ]
}

// Every time that was set to wait for is of another clock; so it may be with what was saved.
function noticePutBack(state: NotifyState, nowMs: number, contain: Contain): void {
  const isPutBack = state.askedMs === 0 || nowMs < state.askedMs - CLOCK_STEP_MS
  state.askedMs = isPutBack ? nowMs : Math.max(state.askedMs, nowMs)
  if (!isPutBack) return
  for (const [name, tenant] of state.tenants) contain(name, () => lookAgain(state, tenant, nowMs))
}

/** Has everything of a tenant that is open, or waits for a time, looked at in the next round. */
export function lookAgain(state: NotifyState, tenant: TenantState, nowMs: number): void {
  const { derived, silences, maintenances, recovered } = tenant
  touchAll(tenant)
  for (const key of derived.waiting.keys()) derived.dirty.groups.add(key)
  // A list of its own: what is held anew moves to the end.
  const held = [...silences.all()]
  for (const silence of held) hold(state, tenant, silence)
  for (const maintenance of maintenances.values()) holdMaintenance(state, tenant, maintenance)
  for (const [agent, atMs] of recovered) recover(state, tenant, { agent, atMs: Math.min(atMs, nowMs) })
  touchTenant(state, tenant)
}

const isClean = ({ derived: { dirty } }: TenantState): boolean =>
  dirty.alerts.size + dirty.groups.size + dirty.incidents.size + dirty.messages.size === 0

function wake(state: NotifyState, key: string, nowMs: number): void {
  const { tenant: name, part, id } = partOf(key)
  const tenant = tenantOf(state, name)
  const { dirty } = tenant.derived
  switch (part) {
    case 'alert':
      touchAlert(tenant, id)
      break
    case 'group':
      dirty.groups.add(id)
      break
    case 'incident':
      dirty.incidents.add(id)
      break
    case 'silence':
      wakeSilence(state, tenant, { id, nowMs })
      break
    case 'maintenance':
      wakeMaintenance(state, tenant, { id, nowMs })
      break
    case 'agent':
      tenant.recovered.delete(id)
      touchAgent(tenant, id)
      break
  }
  touchTenant(state, tenant)
}
