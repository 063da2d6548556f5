// Stage channel: which channels a step reaches now. A schedule stands for whoever is on call; each channel is told once.

import type { EscalationStep, Target } from '@secumon/contracts/gen/escalation'
import { onCallAt } from '../../schedule/on-call.ts'
import type { TenantState } from '../state.ts'

export type Reached = {
  /** ULID. */
  readonly channel: string
  /** By which schedule and person; empty for the step's own channel. */
  readonly schedule: string
  readonly member: string
}

/** Those that are there; nobody where a schedule has nobody on call. */
export function reachedBy(tenant: TenantState, steps: readonly EscalationStep[], atMs: number): Reached[] {
  const found = new Map<string, Reached>()
  for (const { targets } of steps)
    for (const target of targets)
      for (const reached of reach(tenant, target, atMs))
        if (tenant.channels.has(reached.channel) && !found.has(reached.channel))
          found.set(reached.channel, reached)
  return [...found.values()]
}

function reach({ schedules }: TenantState, { target }: Target, atMs: number): Reached[] {
  if (target.case === 'channel') return [{ channel: target.value, schedule: '', member: '' }]
  const schedule = target.case === 'schedule' ? schedules.get(target.value) : undefined
  const onCall = schedule && onCallAt(schedule, atMs)
  if (!onCall) return []
  const { channels, name } = onCall.member
  return channels.map((channel) => ({ channel, schedule: target.value ?? '', member: name }))
}

/** Those who were told, or still will be: an end or an acknowledgement is for them. */
export function toldBefore({ channels }: TenantState, recipients: ReadonlyMap<string, number>): Reached[] {
  const told = [...recipients].filter(([channel, count]) => count > 0 && channels.has(channel))
  return told.map(([channel]) => ({ channel, schedule: '', member: '' }))
}
