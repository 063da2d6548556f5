// What telling people is decided from: alerts that are not forgotten yet, what mutes them, whom to tell, open incidents and
// messages on their way. A fold over EVENTS; what is only derived from it, to look at no more than has changed, is marked
// so and never saved.

import type { ChannelSpec, EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import type { MaintenanceSpec } from '@secumon/contracts/gen/muting'
import type { NotificationDue, ToldState } from '@secumon/contracts/gen/notification'
import type { Severity } from '@secumon/contracts/gen/rule'
import type { Occurrences } from '../maintenance/occurrences.ts'
import type { Labels } from '../matching/matchers.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { MessagePhase, Mute } from './notification.ts'
import { SilenceIndex } from './silence-index.ts'
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

export type KnownAlert = {
  readonly id: string
  /** ULID; empty for alerts of the platform. */
  readonly agent: string
  /** It says that the agent itself is gone. */
  readonly isOffline: boolean
  readonly severity: Severity
  readonly labels: Labels
  /** ULID of the policy that its rule names; empty without. */
  readonly policy: string
  phase: 'pending' | 'firing' | 'resolved'
  /** When it was written that it fires, and of when that is told; 0 before. */
  firedAtMs: number
  eventAtMs: number
  late: boolean
  noData: boolean
  flapping: boolean
  resolvedAtMs: number
  /** 0: until it is resolved; absent: nobody has acknowledged. */
  acknowledgedUntilMs: number | undefined
  /** It was in an incident, or people were told why not: it is not missed. */
  handled: boolean
  /** ULID of the open incident that owes it something; empty without. */
  incident: string
  /** How often it joined one. */
  joins: number
  /** What was said last of why nothing is sent, and how often something was said. */
  muted: Mute | undefined
  mutes: number
}

export type Membership = {
  /** What was told of it since it joined. */
  told: ToldState
  /** It was told before something muted it for a time: its end is owed. */
  readonly returned: boolean
}

export type Incident = {
  readonly id: string
  readonly policy: string
  readonly group: Readonly<Record<string, string>>
  readonly summary: boolean
  readonly dueAtMs: number
  /** How many it has. */
  events: number
  readonly members: Map<string, Membership>
  /** Muted after they were told: their end is owed to those who were told. */
  readonly departed: Map<string, ToldState>
  rounds: number
  lastRoundAtMs: number
  /** The step told last, -1 before the first; how often all were gone through before; when. */
  step: number
  repeat: number
  stepAtMs: number
  /** It was told that all of it is acknowledged; and since when that is not so any more. */
  acknowledged: boolean
  unseenSinceMs: number
  /** By channel: messages that were delivered or may still be. */
  readonly recipients: Map<string, number>
  /** Messages that are neither delivered nor given up. */
  onTheWay: number
  /** It has become as large as it may: others of its group open another one. */
  full: boolean
  closed: boolean
}

export type HeldMessage = {
  readonly id: string
  readonly incident: string
  readonly channel: string
  due: NotificationDue
  /** `planned`: its incident says so, the message itself does not yet. */
  phase: MessagePhase | 'planned'
  dueAtMs: number
  attempt: number
  /** While it is sent, or waits: until then nobody tries. */
  untilMs: number
}

export type HeldPolicy = {
  readonly id: string
  readonly version: number
  readonly spec: EscalationPolicySpec
  /** It takes no alerts any more, and is kept for its open incidents. */
  readonly deleted: boolean
}

export type HeldMaintenance = {
  readonly id: string
  readonly spec: MaintenanceSpec
  /** Derived. */
  readonly occurrences: Occurrences
}

export type HeldChannel = {
  readonly id: string
  readonly spec: ChannelSpec
  readonly secretVersion: number
  /** When the next message would go if none ever went at once. */
  tatMs: number
  /** It asked for being left alone until then. */
  busyUntilMs: number
}

/** Why an alert is told or not, and until when that holds. */
export type Verdict = {
  readonly stage: StageName
  /** `hold`: it is not said yet; a moment will tell. */
  readonly outcome: 'pass' | 'hold' | 'mute'
  /** ULID of what mutes. */
  readonly by: string
  readonly detail: string
  readonly untilMs: number
}

export type StageName =
  | 'late'
  | 'dependency'
  | 'flapping'
  | 'maintenance'
  | 'silence'
  | 'no_policy'
  | 'active_hours'
  | 'grouping'
  | 'deduplication'
  | 'escalation_step'
  | 'channel'

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
}

/** What nobody has told anything yet. */
export const emptyNotifyState = (options: NotifyOptions): NotifyState => ({
  options,
  tenants: new Map(),
  dirtyTenants: new Set(),
  wakes: new Wakes(),
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
    queues: new Map(),
    builtIn: undefined,
    dirty: { alerts: new Set(), groups: new Set(), incidents: new Set(), messages: new Set() },
  },
})
