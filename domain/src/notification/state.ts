// What telling people is decided from: alerts that are not forgotten yet, what mutes them, whom to tell, open incidents and
// messages on their way. A fold over EVENTS; what is only derived from it, to look at no more than has changed, is marked
// so and never saved.

import type { Schedule } from '../schedule/schedule.ts'
import type { HeldChannel, HeldMaintenance, HeldMessage, HeldPolicy, Incident, KnownAlert } from './held.ts'
import { SilenceIndex } from './silence-index.ts'
import type { Verdict } from './verdict.ts'
import { Wakes } from './wakes.ts'

/** What an incident's id is made of: a ULID of `atMs` and a hash of the rest. */
export type IncidentSeed = {
  readonly tenant: string
  readonly policy: string
  /** The group's labels and values as text; `summary` for what is told together afterwards. */
  readonly group: string
  /** That opens it. */
  readonly alert: string
  /** In how many that alert has been before. */
  readonly number: number
  readonly atMs: number
}

/** What a message's id is made of. */
export type NotificationSeed = {
  readonly incident: string
  /** From 0. */
  readonly round: number
  readonly channel: string
  readonly atMs: number
}

export type NotifyOptions = {
  readonly incidentId: (seed: IncidentSeed) => string
  readonly notificationId: (seed: NotificationSeed) => string
  /** Messages per minute of a kind of channel, where the channel sets no limit. */
  readonly ratePerMinute: (kind: string) => number
}

export type TenantState = {
  readonly tenant: string
  readonly alerts: Map<string, KnownAlert>
  readonly policies: Map<string, HeldPolicy>
  readonly schedules: Map<string, Schedule>
  readonly channels: Map<string, HeldChannel>
  readonly silences: SilenceIndex
  readonly maintenances: Map<string, HeldMaintenance>
  readonly incidents: Map<string, Incident>
  readonly messages: Map<string, HeldMessage>
  /** By agent: when its host was heard again. */
  readonly recovered: Map<string, number>
  readonly derived: Derived
}

/** Follows from the rest and from what was looked at. */
export type Derived = {
  readonly byAgent: Map<string, Set<string>>
  readonly verdicts: Map<string, Verdict>
  /** Alerts that want to be in an incident, by group; and the other way round. */
  readonly waiting: Map<string, Set<string>>
  readonly waitsIn: Map<string, string>
  /** Open incidents that take alerts, by group. */
  readonly openByGroup: Map<string, string>
  /** By alert: open incidents that it is in beside the one that owes it something. */
  readonly alsoIn: Map<string, Set<string>>
  /** Messages by channel that are neither delivered nor given up. */
  readonly queues: Map<string, Set<string>>
  /** The policy of a tenant without one. */
  builtIn: HeldPolicy | undefined
  readonly dirty: {
    readonly alerts: Set<string>
    readonly groups: Set<string>
    readonly incidents: Set<string>
    readonly messages: Set<string>
  }
}

export type NotifyState = {
  readonly options: NotifyOptions
  readonly tenants: Map<string, TenantState>
  readonly dirtyTenants: Set<string>
  readonly wakes: Wakes
  /** When it was asked last what to decide. */
  askedMs: number
}

/** What nobody has told anything yet. */
export const emptyNotifyState = (options: NotifyOptions): NotifyState => ({
  options,
  tenants: new Map(),
  dirtyTenants: new Set(),
  wakes: new Wakes(),
  askedMs: 0,
})

/** The tenant's part of the state, made where there is none. */
export function tenantOf(state: NotifyState, tenant: string): TenantState {
  const held = state.tenants.get(tenant)
  if (held) return held
  const made = emptyTenant(tenant)
  state.tenants.set(tenant, made)
  return made
}

const emptyTenant = (tenant: string): TenantState => ({
  tenant,
  alerts: new Map(),
  policies: new Map(),
  schedules: new Map(),
  channels: new Map(),
  silences: new SilenceIndex(),
  maintenances: new Map(),
  incidents: new Map(),
  messages: new Map(),
  recovered: new Map(),
  derived: {
    byAgent: new Map(),
    verdicts: new Map(),
    waiting: new Map(),
    waitsIn: new Map(),
    openByGroup: new Map(),
    alsoIn: new Map(),
    queues: new Map(),
    builtIn: undefined,
    dirty: { alerts: new Set(), groups: new Set(), incidents: new Set(), messages: new Set() },
  },
})
