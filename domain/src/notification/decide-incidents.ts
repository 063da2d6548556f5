// What becomes of incidents: those that their alerts or the time have changed, and those that are to be opened.

import { create } from '@bufbuild/protobuf'
import { EscalationPolicySpecSchema } from '@secumon/contracts/gen/escalation'
import { advance, newIncident } from './advance.ts'
import type { NotifyDecision } from './decide.ts'
import { wakeKey } from './dirty.ts'
import { groupKey, groupOf } from './group.ts'
import { policyNamed } from './route.ts'
import { putRight } from './put-right.ts'
import { isSummaryKey, joiningOf } from './stages/grouping.ts'
import type { HeldPolicy, Incident, KnownAlert } from './held.ts'
import type { NotifyState, TenantState } from './state.ts'

export function decideIncidents(state: NotifyState, tenant: TenantState, nowMs: number): NotifyDecision[] {
  const { dirty, openByGroup } = tenant.derived
  const decisions: NotifyDecision[] = []
  for (const key of [...dirty.groups].toSorted()) {
    const open = openByGroup.get(key)
    const decision = open === undefined ? openOne(state, tenant, { key, nowMs }) : undefined
    if (open !== undefined) dirty.incidents.add(open)
    if (decision) decisions.push(decision)
    else dirty.groups.delete(key)
  }
  for (const id of [...dirty.incidents].toSorted()) {
    const incident = tenant.incidents.get(id)
    const decision = incident && !incident.closed ? goOn(state, tenant, { incident, nowMs }) : undefined
    if (decision) decisions.push(decision)
    else dirty.incidents.delete(id)
  }
  return decisions
}

type Opening = { readonly key: string; readonly nowMs: number }

function openOne(
  state: NotifyState,
  tenant: TenantState,
  { key, nowMs }: Opening,
): NotifyDecision | undefined {
  const { joiners, wakeMs } = joiningOf(tenant, { key, nowMs })
  state.wakes.set(wakeKey(tenant.tenant, 'group', key), wakeMs)
  const [first] = joiners
  const group = first && groupOf(tenant, first, isSummaryKey(key))
  const policy = group && policyNamed(tenant, group.policy)
  if (!group || !policy || groupKey(group) !== key) return undefined
  const advancing = { tenant, options: state.options, policy, nowMs, joiners }
  const incident = newIncident(group, advancing)
  return decisionOf(tenant, incident, advance(incident, advancing).events)
}

type GoingOn = { readonly incident: Incident; readonly nowMs: number }

function goOn(
  state: NotifyState,
  tenant: TenantState,
  { incident, nowMs }: GoingOn,
): NotifyDecision | undefined {
  putRight(incident, nowMs)
  const key = groupKey(incident)
  const takes = tenant.derived.openByGroup.get(key) === incident.id
  const joining = takes ? joiningOf(tenant, { key, incident, nowMs }) : undefined
  const joiners: readonly KnownAlert[] = joining?.joiners ?? []
  const policy = policyNamed(tenant, incident.policy) ?? nobody(incident.policy)
  const { events, wakeMs } = advance(incident, { tenant, options: state.options, policy, nowMs, joiners })
  const nextMs = Math.min(wakeMs, joining?.wakeMs ?? Infinity)
  state.wakes.set(wakeKey(tenant.tenant, 'incident', incident.id), nextMs > nowMs ? nextMs : Infinity)
  return events.length > 0 ? decisionOf(tenant, incident, events) : undefined
}

function decisionOf(
  { tenant }: TenantState,
  { id, events: after }: Incident,
  events: ReturnType<typeof advance>['events'],
): NotifyDecision {
  return {
    tenant,
    aggregate: 'incident',
    id,
    command: { kind: 'Advance', after, events },
    key: `${id} ${after}`,
  }
}

// The policy of an incident is not known any more: it tells those who were told of its end.
const nobody = (id: string): HeldPolicy => ({
  id,
  version: 0,
  spec: create(EscalationPolicySpecSchema, { sendResolved: true }),
  deleted: true,
})
