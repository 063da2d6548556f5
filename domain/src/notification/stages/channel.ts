// Stage channel: which channels a step reaches now, and which of its targets reach nobody. A schedule stands for whoever is
// on call; each channel is told once.

import type { EscalationStep, Target } from '@secumon/contracts/gen/escalation'
import { UnreachedReason } from '@secumon/contracts/gen/notification'
import { onCallAt, onCallBetween } from '../../schedule/on-call.ts'
import type { TenantState } from '../state.ts'

export type Reached = {
  /** ULID. */
  readonly channel: string
  /** By which schedule and person; empty for the step's own channel. */
  readonly schedule: string
  readonly member: string
}

/** A target that reaches nobody, or a channel of whoever is on call that is gone. */
export type Unreached = Reached & { readonly step: number; readonly reason: UnreachedReason }

export type Reach = { readonly reached: readonly Reached[]; readonly unreached: readonly Unreached[] }

export type Asked = {
  /** From 0. */
  readonly from: number
  /** The first that is not asked. */
  readonly until: number
  readonly atMs: number
}

export const NOBODY: Reach = { reached: [], unreached: [] }

/** Whom these steps reach at this moment. */
export function reachedBy(
  tenant: TenantState,
  steps: readonly EscalationStep[],
  { from, until, atMs }: Asked,
): Reach {
  const all = steps
    .slice(from, until)
    .flatMap(({ targets }, i) => targets.map((target) => reach(tenant, target, { step: from + i, atMs })))
  return joined(...all)
}

/** All of them, each channel and each reason once. */
export const joined = (...all: readonly Reach[]): Reach => ({
  reached: onlyOnce(
    all.flatMap(({ reached }) => reached),
    ({ channel }) => channel,
  ),
  unreached: onlyOnce(
    all.flatMap(({ unreached }) => unreached),
    ({ reason, channel, schedule }) => `${reason} ${channel} ${schedule}`,
  ),
})

type Place = { readonly step: number; readonly atMs: number }

function reach(tenant: TenantState, { target }: Target, { step, atMs }: Place): Reach {
  if (target.case === 'channel')
    return byChannel(tenant, { channel: target.value, schedule: '', member: '', step })
  if (target.case !== 'schedule') return NOBODY
  const schedule = tenant.schedules.get(target.value)
  const missing = (reason: UnreachedReason): Reach => ({
    reached: [],
    unreached: [{ step, reason, channel: '', schedule: target.value, member: '' }],
  })
  if (!schedule) return missing(UnreachedReason.SCHEDULE_GONE)
  const onCall = onCallAt(schedule, atMs)
  if (!onCall) return missing(UnreachedReason.NOBODY_ON_CALL)
  const { channels, name: member } = onCall.member
  return joined(
    ...channels.map((channel) => byChannel(tenant, { channel, schedule: target.value, member, step })),
  )
}

function byChannel(
  { channels }: TenantState,
  { step, ...reached }: Reached & { readonly step: number },
): Reach {
  if (channels.has(reached.channel)) return { reached: [reached], unreached: [] }
  return { reached: [], unreached: [{ ...reached, step, reason: UnreachedReason.CHANNEL_GONE }] }
}

/** Those who were told, or still will be: an end or an acknowledgement is for them. */
export function toldBefore(
  tenant: TenantState,
  { recipients, step }: { readonly recipients: ReadonlyMap<string, number>; readonly step: number },
): Reach {
  const told = [...recipients].filter(([, count]) => count > 0)
  return joined(
    ...told.map(([channel]) =>
      byChannel(tenant, { channel, schedule: '', member: '', step: Math.max(0, step) }),
    ),
  )
}

/** No further ahead is looked for somebody who will be on call. */
const LOOK_AHEAD_MS = 35 * 24 * 3_600_000

/** When these steps may reach somebody without anything being changed: now, when somebody's turn comes, or Infinity. */
export function reachableMs(tenant: TenantState, steps: readonly EscalationStep[], atMs: number): number {
  if (reachedBy(tenant, steps, { from: 0, until: steps.length, atMs }).reached.length > 0) return atMs
  const schedules = steps.flatMap(({ targets }) =>
    targets.flatMap(({ target }) =>
      target.case === 'schedule' ? (tenant.schedules.get(target.value) ?? []) : [],
    ),
  )
  const turns = schedules.map((schedule) => {
    const [now] = onCallBetween(schedule, { fromMs: atMs, untilMs: atMs + LOOK_AHEAD_MS, limit: 1 })
    return now?.untilMs ?? Infinity
  })
  return Math.min(Infinity, ...turns)
}

const onlyOnce = <Item>(all: readonly Item[], keyOf: (item: Item) => string): Item[] =>
  [...new Map(all.toReversed().map((item) => [keyOf(item), item])).values()].toReversed()
