// Incidents as the log tells them: which alerts are in them, what was told of each, and how far the steps went.

import {
  NotificationDueSchema,
  RoundKind,
  ToldState,
  type IncidentOpened,
  type PlannedNotification,
  type RoundDue,
} from '@secumon/contracts/gen/notification'
import { create } from '@bufbuild/protobuf'
import type { Happened } from '../evolve.ts'
import { groupKey } from '../group.ts'
import {
  isForTold,
  isOwing,
  LEFT_RESOLVED,
  MAX_INCIDENT_ALERTS,
  needAttention,
  needsAttention,
} from '../membership.ts'
import type { Incident, KnownAlert } from '../held.ts'
import type { NotifyState, TenantState } from '../state.ts'
import { addTo, removeFrom } from '../sets.ts'
import { forgetIfDone } from './fold-alert.ts'
import { putMessage } from './fold-message.ts'

export function evolveIncident(_state: NotifyState, tenant: TenantState, happened: Happened): void {
  const { id, event } = happened
  if (event.case === 'incidentOpened') open(tenant, happened, event.value)
  const incident = tenant.incidents.get(id)
  if (!incident) return
  incident.events++
  tenant.derived.dirty.incidents.add(id)
  switch (event.case) {
    case 'incidentOpened':
    case 'alertJoined':
      return join(tenant, incident, { alert: event.value.alert?.alert ?? '', atMs: happened.atMs })
    case 'alertLeft':
      return leave(tenant, incident, event.value)
    case 'roundDue':
      return tell(tenant, incident, { round: event.value, atMs: happened.atMs })
    case 'incidentClosed':
      return close(tenant, incident)
    default:
      return undefined
  }
}

function open(tenant: TenantState, { id, atMs }: Happened, opened: IncidentOpened): void {
  const { policy, group, summary, dueAtMs } = opened
  tenant.incidents.set(id, {
    id,
    policy,
    group,
    summary,
    dueAtMs: Number(dueAtMs),
    events: 0,
    members: new Map(),
    departed: new Map(),
    rounds: 0,
    lastRoundAtMs: atMs,
    step: -1,
    repeat: 0,
    stepAtMs: atMs,
    acknowledged: false,
    unseenSinceMs: atMs,
    missed: false,
    recipients: new Map(),
    onTheWay: 0,
    full: false,
    closed: false,
  })
  tenant.derived.openByGroup.set(groupKey({ policy, group, summary }), id)
}

function join(tenant: TenantState, incident: Incident, who: { alert: string; atMs: number }): void {
  const { alert: id, atMs } = who
  const returned = incident.departed.delete(id)
  needAttention(incident, atMs)
  incident.members.set(id, { told: ToldState.UNSPECIFIED, returned })
  if (incident.members.size >= MAX_INCIDENT_ALERTS) {
    incident.full = true
    stopTaking(tenant, incident)
  }
  const alert = tenant.alerts.get(id)
  if (!alert) return
  if (alert.incident !== incident.id) departElsewhere(tenant, alert)
  removeFrom(tenant.derived.alsoIn, id, incident.id)
  alert.incident = incident.id
  alert.joins++
  alert.handled = true
  tenant.derived.dirty.alerts.add(id)
}

// One incident at a time owes an alert its end. That an alert is in two of them nobody decides; two processes that both believe
// that they have the lease can.
function departElsewhere({ incidents, derived }: TenantState, { id, incident }: KnownAlert): void {
  const before = incidents.get(incident)
  if (before?.departed.delete(id)) derived.dirty.incidents.add(incident)
  if (before?.members.has(id)) addTo(derived.alsoIn, id, incident)
}

function leave(tenant: TenantState, incident: Incident, left: { alert: string; why: string }): void {
  const { alert: id, why } = left
  const member = incident.members.get(id)
  incident.members.delete(id)
  removeFrom(tenant.derived.alsoIn, id, incident.id)
  const isOwed = why !== LEFT_RESOLVED && member !== undefined && isOwing(member)
  if (isOwed) incident.departed.set(id, member.told)
  else incident.departed.delete(id)
  const alert = tenant.alerts.get(id)
  if (!alert) return
  if (!isOwed) release(tenant, incident, alert)
  tenant.derived.dirty.alerts.add(id)
}

function release(tenant: TenantState, { id }: Incident, alert: KnownAlert): void {
  if (alert.incident === id) alert.incident = ''
  forgetIfDone(tenant, alert)
}

function tell(
  tenant: TenantState,
  incident: Incident,
  { round, atMs }: { round: RoundDue; atMs: number },
): void {
  const { kind, step, repeat, notifications, alerts } = round
  const isStep = incident.rounds === 0 || kind === RoundKind.FIRST || kind === RoundKind.ESCALATED
  if (isStep) Object.assign(incident, { step, repeat, stepAtMs: atMs })
  incident.rounds++
  if (kind === RoundKind.ACKNOWLEDGED) acknowledge(tenant, incident, atMs)
  else if (!isForTold(kind)) incident.missed = notifications.length === 0
  incident.lastRoundAtMs = atMs
  for (const { alert, state } of alerts) {
    const member = incident.members.get(alert)
    if (tenant.alerts.get(alert)?.flapping) tenant.derived.dirty.alerts.add(alert)
    if (member) member.told = state
    else if (incident.departed.has(alert)) incident.departed.set(alert, state)
  }
  for (const planned of notifications) send(tenant, incident, { planned, round })
}

// That one of them needs attention again may have been written while this was decided.
function acknowledge({ alerts }: TenantState, incident: Incident, atMs: number): void {
  incident.acknowledged = true
  for (const id of incident.members.keys()) {
    const alert = alerts.get(id)
    if (alert && needsAttention(alert)) return needAttention(incident, atMs)
  }
}

type Sending = { readonly planned: PlannedNotification; readonly round: RoundDue }

function send(tenant: TenantState, incident: Incident, { planned, round }: Sending): void {
  const { notification: id, channel, schedule, member } = planned
  const { kind, step, alerts, dueAtMs } = round
  const due = create(NotificationDueSchema, {
    incident: incident.id,
    channel,
    kind,
    step,
    schedule,
    member,
    alerts,
    dueAtMs,
  })
  incident.recipients.set(channel, (incident.recipients.get(channel) ?? 0) + 1)
  incident.onTheWay++
  putMessage(tenant, { id, due, phase: 'planned', attempt: 0, accepted: [] })
}

function close(tenant: TenantState, incident: Incident): void {
  incident.closed = true
  stopTaking(tenant, incident)
  for (const id of [...incident.members.keys(), ...incident.departed.keys()]) {
    removeFrom(tenant.derived.alsoIn, id, incident.id)
    const alert = tenant.alerts.get(id)
    if (alert) release(tenant, incident, alert)
  }
  forgetIncident(tenant, incident)
}

function stopTaking({ derived }: TenantState, incident: Incident): void {
  const key = groupKey(incident)
  if (derived.openByGroup.get(key) === incident.id) derived.openByGroup.delete(key)
  derived.dirty.groups.add(key)
}

/** Drops a closed incident whose messages have all come to an end, and a deleted policy that was kept for it. */
export function forgetIncident({ incidents, policies }: TenantState, incident: Incident): void {
  if (!incident.closed || incident.onTheWay > 0) return
  incidents.delete(incident.id)
  const { policy } = incident
  if (!policies.get(policy)?.deleted) return
  const isNeeded = [...incidents.values()].some((other) => other.policy === policy && !other.closed)
  if (!isNeeded) policies.delete(policy)
}
