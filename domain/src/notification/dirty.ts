// What has to be looked at again: because an event changed it, or because its time has come.

import { matchesAll } from '../matching/matchers.ts'
import type { Matcher } from '@secumon/contracts/gen/muting'
import type { NotifyState, TenantState } from './state.ts'

export type Part = 'alert' | 'group' | 'incident' | 'silence' | 'maintenance' | 'agent'

/** Names one part of one tenant among the wakes. */
export const wakeKey = (tenant: string, part: Part, id: string): string => `${tenant} ${part} ${id}`

/** The tenant, the part and its id. */
export function partOf(key: string): { readonly tenant: string; readonly part: string; readonly id: string } {
  const [tenant = '', part = ''] = key.split(' ', 2)
  return { tenant, part, id: key.slice(tenant.length + part.length + 2) }
}

export function touchAlert({ derived }: TenantState, id: string): void {
  derived.dirty.alerts.add(id)
}

/** Every alert of the tenant: whom to tell has changed. */
export function touchAll(tenant: TenantState): void {
  for (const id of tenant.alerts.keys()) tenant.derived.dirty.alerts.add(id)
  touchIncidents(tenant)
}

/** Every incident of the tenant: who is reached has changed. */
export function touchIncidents({ incidents, derived }: TenantState): void {
  for (const id of incidents.keys()) derived.dirty.incidents.add(id)
}

/** The alerts that all matchers match. */
export function touchMatching({ alerts, derived }: TenantState, matchers: readonly Matcher[]): void {
  for (const { id, labels } of alerts.values()) if (matchesAll(matchers, labels)) derived.dirty.alerts.add(id)
}

/** What else is wrong with the agent's host. */
export function touchAgent({ derived }: TenantState, agent: string): void {
  for (const id of derived.byAgent.get(agent) ?? []) derived.dirty.alerts.add(id)
}

/** Has the tenant looked at in the next round. */
export function touchTenant(state: NotifyState, { tenant }: TenantState): void {
  state.dirtyTenants.add(tenant)
}
