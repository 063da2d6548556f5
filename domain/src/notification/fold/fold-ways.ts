// Whom to tell: policies, schedules and channels.

import type { ChannelSpec, EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { evolveSchedule } from '../../schedule/schedule.ts'
import { touchAll, touchIncidents } from '../dirty.ts'
import type { Happened } from '../evolve.ts'
import type { NotifyState, TenantState } from '../state.ts'

export function evolveWays(_state: NotifyState, tenant: TenantState, happened: Happened): void {
  const { id, version, event } = happened
  switch (event.case) {
    case 'escalationPolicyCreated':
    case 'escalationPolicyChanged':
      if (event.value.spec) putPolicy(tenant, { id, version, spec: event.value.spec })
      break
    case 'escalationPolicyDeleted':
      dropPolicy(tenant, id)
      break
    case 'channelCreated':
    case 'channelChanged':
      if (event.value.spec) putChannel(tenant, id, { ...event.value, spec: event.value.spec })
      break
    case 'channelDeleted':
      dropChannel(tenant, id)
      break
    default:
      return changeSchedule(tenant, happened)
  }
  touchAll(tenant)
}

type Policy = { readonly id: string; readonly version: number; readonly spec: EscalationPolicySpec }

function putPolicy({ policies }: TenantState, { id, version, spec }: Policy): void {
  policies.set(id, { id, version, spec, deleted: false })
}

// Its open incidents go on by it.
function dropPolicy({ policies, incidents }: TenantState, id: string): void {
  const held = policies.get(id)
  if (!held) return
  const isNeeded = [...incidents.values()].some(({ policy, closed }) => policy === id && !closed)
  if (isNeeded) policies.set(id, { ...held, deleted: true })
  else policies.delete(id)
}

type Channel = { readonly spec: ChannelSpec; readonly secretVersion: number }

function putChannel({ channels, derived }: TenantState, id: string, { spec, secretVersion }: Channel): void {
  const held = channels.get(id)
  derived.builtIn = undefined
  channels.set(id, { id, spec, secretVersion, tatMs: held?.tatMs ?? 0, busyUntilMs: 0 })
}

function dropChannel({ channels, derived }: TenantState, id: string): void {
  channels.delete(id)
  derived.builtIn = undefined
  for (const message of derived.queues.get(id) ?? []) derived.dirty.messages.add(message)
}

function changeSchedule(tenant: TenantState, { id, event, atMs }: Happened): void {
  const { schedules } = tenant
  touchIncidents(tenant)
  const changed = evolveSchedule(schedules.get(id), event)
  if (!changed || changed.deleted) schedules.delete(id)
  else schedules.set(id, { ...changed, overrides: changed.overrides.filter(({ untilMs }) => untilMs > atMs) })
}
