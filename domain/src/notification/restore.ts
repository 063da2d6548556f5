// Goes on with a state that was saved.

import { fromBinary } from '@bufbuild/protobuf'
import { ChannelSpecSchema, EscalationPolicySpecSchema } from '@secumon/contracts/gen/escalation'
import { MaintenanceSpecSchema, MatcherSchema } from '@secumon/contracts/gen/muting'
import { NotificationDueSchema } from '@secumon/contracts/gen/notification'
import { touchTenant, wakeKey } from './dirty.ts'
import { heldOf, hold, holdMaintenance } from './fold/fold-muting.ts'
import { groupKey } from './group.ts'
import {
  incidentOf,
  NOTIFY_VERSION,
  scheduleOf,
  UnknownNotifyState,
  type SavedNotify,
  type SavedTenant,
} from './saved-state.ts'
import { RECOVERY_MS } from './settling.ts'
import { addTo } from './sets.ts'
import {
  emptyNotifyState,
  tenantOf,
  type NotifyOptions,
  type NotifyState,
  type TenantState,
} from './state.ts'

/** @throws UnknownNotifyState when another version saved it */
export function restoreNotify(options: NotifyOptions, saved: SavedNotify): NotifyState {
  if (saved.version !== NOTIFY_VERSION)
    throw new UnknownNotifyState(`the state was saved by version ${saved.version}, not ${NOTIFY_VERSION}`)
  const state = emptyNotifyState(options)
  for (const one of saved.tenants) restoreTenant(state, one)
  return state
}

function restoreTenant(state: NotifyState, saved: SavedTenant): void {
  const tenant = tenantOf(state, saved.tenant)
  restoreWays(tenant, saved)
  restoreMuting(state, tenant, saved)
  restoreAlerts(tenant, saved)
  restoreIncidents(tenant, saved)
  for (const [agent, atMs] of saved.recovered) {
    tenant.recovered.set(agent, atMs)
    state.wakes.set(wakeKey(tenant.tenant, 'agent', agent), atMs + RECOVERY_MS)
  }
  touchTenant(state, tenant)
}

// Before the alerts: all of them are looked at anyway.
function restoreMuting(state: NotifyState, tenant: TenantState, saved: SavedTenant): void {
  for (const { matchers, ...silence } of saved.silences)
    hold(state, tenant, { ...silence, matchers: matchers.map((bytes) => fromBinary(MatcherSchema, bytes)) })
  for (const { id, spec } of saved.maintenances)
    holdMaintenance(state, tenant, heldOf(id, fromBinary(MaintenanceSpecSchema, spec)))
}

function restoreWays(tenant: TenantState, saved: SavedTenant): void {
  for (const one of saved.policies)
    tenant.policies.set(one.id, { ...one, spec: fromBinary(EscalationPolicySpecSchema, one.spec) })
  for (const one of saved.schedules) tenant.schedules.set(one.id, scheduleOf(one))
  for (const one of saved.channels)
    tenant.channels.set(one.id, { ...one, spec: fromBinary(ChannelSpecSchema, one.spec) })
}

function restoreAlerts({ alerts, derived }: TenantState, saved: SavedTenant): void {
  for (const alert of saved.alerts) {
    alerts.set(alert.id, { ...alert })
    addTo(derived.byAgent, alert.agent, alert.id)
    derived.dirty.alerts.add(alert.id)
  }
}

function restoreIncidents({ alerts, incidents, messages, derived }: TenantState, saved: SavedTenant): void {
  for (const one of saved.incidents) {
    const incident = incidentOf(one)
    incidents.set(incident.id, incident)
    derived.dirty.incidents.add(incident.id)
    for (const id of incident.members.keys())
      if (alerts.get(id)?.incident !== incident.id) addTo(derived.alsoIn, id, incident.id)
    if (!incident.closed && !incident.full) derived.openByGroup.set(groupKey(incident), incident.id)
  }
  for (const one of saved.messages) {
    messages.set(one.id, { ...one, due: fromBinary(NotificationDueSchema, one.due) })
    addTo(derived.queues, one.channel, one.id)
    derived.dirty.messages.add(one.id)
  }
}
