// Alerts as the evaluator and people tell of them. A resolved one is forgotten when nobody is owed anything of it.

import { Severity } from '@secumon/contracts/gen/rule'
import type { AlertFired, AlertPending, AlertRelabelled } from '@secumon/contracts/gen/alert'
import type { DomainEvent } from '../../decider.ts'
import { touchAgent, touchAlert, wakeKey } from '../dirty.ts'
import type { Happened } from '../evolve.ts'
import { addTo, removeFrom } from '../sets.ts'
import { needAttention } from '../membership.ts'
import { RECOVERY_MS } from '../settling.ts'
import type { KnownAlert } from '../held.ts'
import type { NotifyState, TenantState } from '../state.ts'

/** What an alert's origin calls the silence of a host. */
const OFFLINE = 'offline'

export function evolveAlert(state: NotifyState, tenant: TenantState, happened: Happened): void {
  const { id, event } = happened
  if (event.case === 'alertPending') pend(tenant, id, event.value)
  const alert = tenant.alerts.get(id)
  if (!alert) return
  change(alert, happened)
  if (isHeardAgain(alert, event)) recover(state, tenant, { agent: alert.agent, atMs: happened.atMs })
  if (alert.isOffline) touchAgent(tenant, alert.agent)
  touchAlert(tenant, id)
  const incident = tenant.incidents.get(alert.incident)
  if (incident) tenant.derived.dirty.incidents.add(incident.id)
  for (const other of tenant.derived.alsoIn.get(id) ?? []) tenant.derived.dirty.incidents.add(other)
  if (incident && event.case === 'alertUnacknowledged') needAttention(incident, happened.atMs)
  forgetIfDone(tenant, alert)
}

/** Drops what nobody needs any more: resolved, and either never fired or dealt with. */
export function forgetIfDone(tenant: TenantState, alert: KnownAlert): void {
  const isDone = alert.firedAtMs === 0 || alert.handled
  if (alert.phase === 'resolved' && isDone && alert.incident === '') forget(tenant, alert)
}

/** Drops an alert. */
export function forget({ alerts, derived }: TenantState, { id, agent }: KnownAlert): void {
  alerts.delete(id)
  derived.verdicts.delete(id)
  removeFrom(derived.byAgent, agent, id)
  const group = derived.waitsIn.get(id)
  if (group === undefined) return
  derived.waitsIn.delete(id)
  removeFrom(derived.waiting, group, id)
}

function pend(tenant: TenantState, id: string, { origin }: AlertPending): void {
  if (!origin || tenant.alerts.has(id)) return
  tenant.alerts.set(id, {
    id,
    agent: origin.agent,
    isOffline: origin.metric === OFFLINE,
    severity: origin.severity === Severity.UNSPECIFIED ? Severity.INFO : origin.severity,
    labels: origin.labels,
    policy: origin.escalationPolicy,
    phase: 'pending',
    firedAtMs: 0,
    eventAtMs: 0,
    late: false,
    noData: false,
    flapping: false,
    hostUnknown: false,
    resolvedAtMs: 0,
    acknowledgedUntilMs: undefined,
    handled: false,
    incident: '',
    joins: 0,
    muted: undefined,
    mutes: 0,
  })
  addTo(tenant.derived.byAgent, origin.agent, id)
}

function change(alert: KnownAlert, { event, atMs }: Happened): void {
  switch (event.case) {
    case 'alertFired':
      return fire(alert, event.value, atMs)
    case 'alertResolved':
      return resolve(alert, atMs)
    case 'alertFlapping':
      alert.flapping = true
      return undefined
    case 'alertSettled':
      alert.flapping = false
      return undefined
    case 'alertHostUnknown':
      alert.hostUnknown = true
      return undefined
    case 'alertHostKnown':
      alert.hostUnknown = false
      return undefined
    case 'alertRelabelled':
      return relabel(alert, event.value)
    case 'alertAcknowledged':
      alert.acknowledgedUntilMs = Number(event.value.expiresAtMs)
      return undefined
    case 'alertUnacknowledged':
      alert.acknowledgedUntilMs = undefined
      return undefined
    default:
      return undefined
  }
}

function fire(alert: KnownAlert, { evidence, noData }: AlertFired, atMs: number): void {
  alert.phase = 'firing'
  alert.firedAtMs = atMs
  alert.eventAtMs = Number(evidence?.atMs ?? BigInt(atMs))
  alert.late = evidence?.late ?? false
  alert.noData = noData
}

// An incident that it is in stays what it is: it goes by what its alerts were called when they joined.
function relabel(alert: KnownAlert, { origin }: AlertRelabelled): void {
  if (!origin) return
  alert.labels = origin.labels
  alert.policy = origin.escalationPolicy
}

function resolve(alert: KnownAlert, atMs: number): void {
  alert.phase = 'resolved'
  alert.flapping = false
  alert.hostUnknown = false
  alert.resolvedAtMs = atMs
}

// Also where it is known to be offline: that is told within the same moment.
const isHeardAgain = ({ isOffline, firedAtMs }: KnownAlert, event: DomainEvent): boolean =>
  event.case === 'alertHostKnown' || (event.case === 'alertResolved' && isOffline && firedAtMs > 0)

type Recovery = { readonly agent: string; readonly atMs: number }

/** The agent's host was heard again: its alerts get a moment from then on. */
export function recover({ wakes }: NotifyState, tenant: TenantState, { agent, atMs }: Recovery): void {
  tenant.recovered.set(agent, atMs)
  touchAgent(tenant, agent)
  wakes.set(wakeKey(tenant.tenant, 'agent', agent), atMs + RECOVERY_MS)
}
