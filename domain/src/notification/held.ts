// What is held of each thing that telling people is decided from, until nobody needs it any more.

import type { ChannelSpec, EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import type { MaintenanceSpec } from '@secumon/contracts/gen/muting'
import type { NotificationDue, ToldState } from '@secumon/contracts/gen/notification'
import type { Severity } from '@secumon/contracts/gen/rule'
import type { KeptOccurrences } from '../maintenance/kept-occurrences.ts'
import type { Labels } from '../matching/matchers.ts'
import type { MessagePhase, Mute } from './notification.ts'

export type KnownAlert = {
  readonly id: string
  /** ULID; empty for alerts of the platform. */
  readonly agent: string
  /** It says that the agent itself is gone. */
  readonly isOffline: boolean
  readonly severity: Severity
  labels: Labels
  /** ULID of the policy that its rule names; empty without. */
  policy: string
  phase: 'pending' | 'firing' | 'resolved'
  /** When it was written that it fires, and of when that is told; 0 before. */
  firedAtMs: number
  eventAtMs: number
  late: boolean
  noData: boolean
  flapping: boolean
  /** No gateway is there to hear its host. */
  hostUnknown: boolean
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
  dueAtMs: number
  /** How many it has. */
  events: number
  readonly members: Map<string, Membership>
  /** Muted after they were told: their end is owed to those who were told. */
  readonly departed: Map<string, ToldState>
  rounds: number
  /** When it was decided to tell, or somebody was told. */
  lastRoundAtMs: number
  /** The step told last, -1 before the first; how often all were gone through before; when. */
  step: number
  repeat: number
  stepAtMs: number
  /** It was told that all of it is acknowledged; and since when that is not so any more. */
  acknowledged: boolean
  unseenSinceMs: number
  /** The last round for whoever is to act reached nobody. */
  missed: boolean
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
  attempt: number
  /** Of several recipients those that have it. */
  accepted: readonly string[]
  /** While it is sent, or waits: until then nobody tries. 0 when it is due. */
  untilMs: number
  /** How far ahead that can be at the most. */
  longestMs: number
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
  readonly occurrences: KeptOccurrences
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
