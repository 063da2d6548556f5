// The state as a plain value that can be serialised, and back. What is derived is not saved: after it everything is looked
// at once, which changes nothing of what is decided.

import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf'
import {
  ChannelSpecSchema,
  EscalationPolicySpecSchema,
  MemberSchema,
  ScheduleSpecSchema,
} from '@secumon/contracts/gen/escalation'
import { MaintenanceSpecSchema, MatcherSchema } from '@secumon/contracts/gen/muting'
import { NotificationDueSchema, type ToldState } from '@secumon/contracts/gen/notification'
import type { Override } from '../schedule/on-call.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { HeldSilence } from './silence-index.ts'
import type { HeldChannel, HeldMessage, HeldPolicy, Incident, KnownAlert, Membership } from './held.ts'
import type { NotifyState, TenantState } from './state.ts'

/** Raise it when the same log must give other decisions, or the value means something else. */
export const NOTIFY_VERSION = 3

/** The state was saved by another version: build it anew from the log. */
export class UnknownNotifyState extends Error {
  override readonly name = 'UnknownNotifyState'
}

type Bytes<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: Uint8Array }

type SavedIncident = Omit<Incident, 'members' | 'departed' | 'recipients'> & {
  readonly members: (readonly [string, Membership])[]
  readonly departed: (readonly [string, ToldState])[]
  readonly recipients: (readonly [string, number])[]
}

type SavedSchedule = {
  readonly id: string
  readonly spec: Uint8Array
  readonly overrides: readonly Bytes<Override, 'member'>[]
}

export type SavedTenant = {
  readonly tenant: string
  readonly alerts: readonly KnownAlert[]
  readonly policies: readonly Bytes<HeldPolicy, 'spec'>[]
  readonly schedules: readonly SavedSchedule[]
  readonly channels: readonly Bytes<HeldChannel, 'spec'>[]
  readonly silences: readonly (Omit<HeldSilence, 'matchers'> & { readonly matchers: readonly Uint8Array[] })[]
  readonly maintenances: readonly { readonly id: string; readonly spec: Uint8Array }[]
  readonly incidents: readonly SavedIncident[]
  readonly messages: readonly Bytes<HeldMessage, 'due'>[]
  readonly recovered: readonly (readonly [string, number])[]
}

export type SavedNotify = { readonly version: number; readonly tenants: readonly SavedTenant[] }

/** The state as it is now; what is folded afterwards does not change it. */
export const saveNotify = (state: NotifyState): SavedNotify => ({
  version: NOTIFY_VERSION,
  tenants: [...state.tenants.values()].map(saveTenant),
})

const saveTenant = (tenant: TenantState): SavedTenant => ({
  tenant: tenant.tenant,
  alerts: values(tenant.alerts, (alert) => ({ ...alert })),
  policies: values(tenant.policies, (one) => ({
    ...one,
    spec: toBinary(EscalationPolicySpecSchema, one.spec),
  })),
  schedules: [...tenant.schedules].map(([id, schedule]) => saveSchedule(id, schedule)),
  channels: values(tenant.channels, (one) => ({ ...one, spec: toBinary(ChannelSpecSchema, one.spec) })),
  silences: [...tenant.silences.all()].map((one) => ({
    ...one,
    matchers: bytesOf(MatcherSchema, one.matchers),
  })),
  maintenances: values(tenant.maintenances, ({ id, spec }) => ({
    id,
    spec: toBinary(MaintenanceSpecSchema, spec),
  })),
  incidents: values(tenant.incidents, saveIncident),
  messages: values(tenant.messages, (one) => ({ ...one, due: toBinary(NotificationDueSchema, one.due) })),
  recovered: [...tenant.recovered],
})

const saveSchedule = (id: string, { spec, overrides }: Schedule): SavedSchedule => ({
  id,
  spec: toBinary(ScheduleSpecSchema, spec),
  overrides: overrides.map((one) => ({ ...one, member: toBinary(MemberSchema, one.member) })),
})

const saveIncident = (incident: Incident): SavedIncident => ({
  ...incident,
  group: { ...incident.group },
  members: [...incident.members].map(([id, member]) => [id, { ...member }] as const),
  departed: [...incident.departed],
  recipients: [...incident.recipients],
})

const values = <T, S>(map: ReadonlyMap<string, T>, save: (value: T) => S): S[] => [...map.values()].map(save)

const bytesOf = <Desc extends DescMessage>(schema: Desc, all: readonly MessageShape<Desc>[]): Uint8Array[] =>
  all.map((one) => toBinary(schema, one))

/** One schedule, as it was. */
export const scheduleOf = ({ spec, overrides }: SavedSchedule): Schedule => ({
  spec: fromBinary(ScheduleSpecSchema, spec),
  overrides: overrides.map((one) => ({ ...one, member: fromBinary(MemberSchema, one.member) })),
  deleted: false,
})

/** One incident, as it was. */
export const incidentOf = ({ members, departed, recipients, ...rest }: SavedIncident): Incident => ({
  ...rest,
  members: new Map(members.map(([id, member]) => [id, { ...member }])),
  departed: new Map(departed),
  recipients: new Map(recipients),
})
