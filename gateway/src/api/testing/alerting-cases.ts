// How the routes of the alert centre are asked so that they succeed: after `recordNight`, by an admin.

import {
  AGENT,
  CHANNEL,
  CPU,
  DEAD,
  DISK,
  INCIDENT,
  MAINTENANCE,
  OVERRIDE,
  POLICY,
  RULE,
  SCHEDULE,
  SILENCE,
} from '@secumon/projections/alerts/testing/speech'
import { z } from 'zod'
import { AcceptedBody } from '../schemas/agent.ts'
import { AlertBody } from '../schemas/alert-detail.ts'
import { AlertsBody, BulkBody, BulkSilenceBody } from '../schemas/alert.ts'
import {
  ChannelBody,
  ChannelKindBody,
  ChannelPreviewBody,
  ChannelsBody,
  ChannelTestBody,
} from '../schemas/channel.ts'
import { PoliciesBody, PolicyBody } from '../schemas/escalation.ts'
import { IncidentBody, IncidentsBody } from '../schemas/incident.ts'
import { NotificationBody, NotificationsBody } from '../schemas/notification.ts'
import { CalendarBody, MaintenanceBody, MaintenancesBody } from '../schemas/maintenance.ts'
import { RuleBody, RulePreviewBody, RulesBody } from '../schemas/rule.ts'
import { OnCallBody, ScheduleBody, SchedulesBody } from '../schemas/schedule.ts'
import { MutedNowBody, SilenceBody, SilencesBody } from '../schemas/silence.ts'

export type AlertingCase = {
  /** Ids are those of the night; `{new}` is what `made` makes. */
  readonly path: string
  readonly body?: unknown
  readonly schema: z.ZodType
  /** Absent: 200. */
  readonly status?: number
  /** What has to be made before: where, and of what. */
  readonly made?: { readonly path: string; readonly body: unknown }
}

export const exampleRule = {
  name: 'Disk is full',
  severity: 'critical',
  condition: { kind: 'metric', metric: 'disk.usage_percent', comparison: 'gt', threshold: 90 },
}

const IN_AN_HOUR = Date.now() + 3_600_000

const exampleSilence = {
  matchers: [{ label: 'team', operator: '~', value: 'no-such-*' }],
  expires_at: IN_AN_HOUR,
}
const exampleMaintenance = {
  name: 'Patch day',
  matchers: [],
  time_zone: 'Europe/Paris',
  starts_at: '2026-11-22T02:00:00',
  duration_ms: 3_600_000,
  recurrence: 'FREQ=WEEKLY;BYDAY=SU',
}
const examplePolicy = {
  name: 'Nobody',
  matchers: exampleSilence.matchers,
  steps: [{ delay_ms: 0, targets: [{ kind: 'channel', channel: CHANNEL }] }],
}
const exampleSchedule = {
  name: 'Days',
  time_zone: 'Europe/Paris',
  layers: [
    {
      name: 'first',
      members: [{ name: 'one', channels: [CHANNEL] }],
      starts_at: '2026-01-05T09:00:00',
      days_each: 7,
    },
  ],
}
const exampleOverride = {
  member: { name: 'two', channels: [CHANNEL] },
  from: Date.now() - 1_000,
  until: IN_AN_HOUR,
}

const exampleChannel = { name: 'Hook of the test', kind: 'webhook' }

// Nobody listens there: a test is answered with that.
const exampleSecrets = { url: 'http://127.0.0.1:1/' }

const newChannel = { path: '/api/v1/channels', body: { spec: exampleChannel, secrets: exampleSecrets } }
const newSilence = { path: '/api/v1/silences', body: exampleSilence }
const newMaintenance = { path: '/api/v1/maintenances', body: { spec: exampleMaintenance } }
const newPolicy = { path: '/api/v1/escalation-policies', body: { spec: examplePolicy } }
const newSchedule = { path: '/api/v1/schedules', body: { spec: exampleSchedule } }
const newRule = { path: '/api/v1/rules', body: { spec: exampleRule } }

/** By method and path of the description. */
export const ALERTING_CASES: Readonly<Record<string, AlertingCase>> = {
  'get /api/v1/alerts': {
    path: '/api/v1/alerts?state=firing,resolved&sort=worst&from=0&to=-1&limit=2',
    schema: AlertsBody,
  },
  'get /api/v1/alerts.csv': { path: '/api/v1/alerts.csv?state=firing&sort=worst', schema: z.string() },
  'get /api/v1/alerts/{id}': { path: `/api/v1/alerts/${CPU}`, schema: AlertBody },
  'post /api/v1/alerts/{id}/acknowledge': {
    path: `/api/v1/alerts/${DISK}/acknowledge`,
    body: { note: 'mine', sticky: true },
    schema: AlertBody,
  },
  'post /api/v1/alerts/{id}/unacknowledge': {
    path: `/api/v1/alerts/${DISK}/unacknowledge`,
    schema: AlertBody,
  },
  'post /api/v1/alerts/{id}/note': {
    path: `/api/v1/alerts/${CPU}/note`,
    body: { note: 'a note' },
    schema: AlertBody,
  },
  'get /api/v1/rules': { path: '/api/v1/rules?severity=critical&limit=5', schema: RulesBody },
  'post /api/v1/rules': { ...newRule, schema: RuleBody, status: 201 },
  'get /api/v1/rules/{id}': { path: `/api/v1/rules/${RULE}`, schema: RuleBody },
  'put /api/v1/rules/{id}': {
    path: '/api/v1/rules/{new}',
    made: newRule,
    body: { spec: { ...exampleRule, name: 'Disk is nearly full' }, version: 1 },
    schema: RuleBody,
  },
  'post /api/v1/rules/{id}/enable': { path: '/api/v1/rules/{new}/enable', made: newRule, schema: RuleBody },
  'post /api/v1/rules/{id}/disable': { path: '/api/v1/rules/{new}/disable', made: newRule, schema: RuleBody },
  'delete /api/v1/rules/{id}': { path: '/api/v1/rules/{new}', made: newRule, schema: AcceptedBody },
  'post /api/v1/alerts/acknowledge': {
    path: '/api/v1/alerts/acknowledge',
    body: { alerts: [DISK, CPU], note: 'all of them' },
    schema: BulkBody,
  },
  'post /api/v1/alerts/silence': {
    path: '/api/v1/alerts/silence',
    body: { alerts: [DISK], reason: 'all of them', expires_at: IN_AN_HOUR },
    schema: BulkSilenceBody,
  },
  'get /api/v1/silences': { path: '/api/v1/silences?state=active,ended', schema: SilencesBody },
  'post /api/v1/silences': { ...newSilence, schema: SilenceBody, status: 201 },
  'get /api/v1/silences/{id}': { path: `/api/v1/silences/${SILENCE}`, schema: SilenceBody },
  'post /api/v1/silences/preview': {
    path: '/api/v1/silences/preview',
    body: { matchers: [{ label: 'team', operator: '=', value: 'web' }] },
    schema: MutedNowBody,
  },
  'post /api/v1/silences/{id}/extend': {
    path: '/api/v1/silences/{new}/extend',
    made: newSilence,
    body: { expires_at: IN_AN_HOUR + 1 },
    schema: SilenceBody,
  },
  'delete /api/v1/silences/{id}': { path: '/api/v1/silences/{new}', made: newSilence, schema: SilenceBody },
  'get /api/v1/maintenances': { path: '/api/v1/maintenances?cancelled=true', schema: MaintenancesBody },
  'get /api/v1/maintenances/calendar': {
    path: '/api/v1/maintenances/calendar?from=-86400000',
    schema: CalendarBody,
  },
  'post /api/v1/maintenances': { ...newMaintenance, schema: MaintenanceBody, status: 201 },
  'get /api/v1/maintenances/{id}': { path: `/api/v1/maintenances/${MAINTENANCE}`, schema: MaintenanceBody },
  'put /api/v1/maintenances/{id}': {
    path: '/api/v1/maintenances/{new}',
    made: newMaintenance,
    body: { spec: { ...exampleMaintenance, recurrence: '' }, version: 1 },
    schema: MaintenanceBody,
  },
  'delete /api/v1/maintenances/{id}': {
    path: '/api/v1/maintenances/{new}',
    made: newMaintenance,
    schema: MaintenanceBody,
  },
  'get /api/v1/escalation-policies': { path: '/api/v1/escalation-policies', schema: PoliciesBody },
  'post /api/v1/escalation-policies': { ...newPolicy, schema: PolicyBody, status: 201 },
  'get /api/v1/escalation-policies/{id}': {
    path: `/api/v1/escalation-policies/${POLICY}`,
    schema: PolicyBody,
  },
  'put /api/v1/escalation-policies/{id}': {
    path: '/api/v1/escalation-policies/{new}',
    made: newPolicy,
    body: { spec: { ...examplePolicy, order: 7 }, version: 1 },
    schema: PolicyBody,
  },
  'delete /api/v1/escalation-policies/{id}': {
    path: '/api/v1/escalation-policies/{new}',
    made: newPolicy,
    schema: AcceptedBody,
  },
  'get /api/v1/schedules': { path: '/api/v1/schedules', schema: SchedulesBody },
  'post /api/v1/schedules': { ...newSchedule, schema: ScheduleBody, status: 201 },
  'get /api/v1/schedules/{id}': { path: `/api/v1/schedules/${SCHEDULE}`, schema: ScheduleBody },
  'get /api/v1/schedules/{id}/on-call': {
    path: '/api/v1/schedules/{new}/on-call?from=-86400000',
    made: newSchedule,
    schema: OnCallBody,
  },
  'put /api/v1/schedules/{id}': {
    path: '/api/v1/schedules/{new}',
    made: newSchedule,
    body: { spec: { ...exampleSchedule, time_zone: 'UTC' }, version: 1 },
    schema: ScheduleBody,
  },
  'delete /api/v1/schedules/{id}': {
    path: '/api/v1/schedules/{new}',
    made: newSchedule,
    schema: AcceptedBody,
  },
  'post /api/v1/schedules/{id}/overrides': {
    path: '/api/v1/schedules/{new}/overrides',
    made: newSchedule,
    body: exampleOverride,
    schema: ScheduleBody,
    status: 201,
  },
  'delete /api/v1/schedules/{id}/overrides/{override}': {
    path: `/api/v1/schedules/{new}/overrides/${OVERRIDE}`,
    made: newSchedule,
    schema: ScheduleBody,
  },
  'post /api/v1/rules/preview': {
    path: '/api/v1/rules/preview',
    body: { spec: exampleRule, agent: AGENT },
    schema: RulePreviewBody,
  },
  'get /api/v1/incidents': { path: `/api/v1/incidents?state=closed&alert=${CPU}`, schema: IncidentsBody },
  'get /api/v1/incidents/{id}': { path: `/api/v1/incidents/${INCIDENT}`, schema: IncidentBody },
  'get /api/v1/notifications': {
    path: `/api/v1/notifications?state=dead&incident=${INCIDENT}`,
    schema: NotificationsBody,
  },
  'get /api/v1/notifications/{id}': { path: `/api/v1/notifications/${DEAD}`, schema: NotificationBody },
  'post /api/v1/notifications/{id}/retry': {
    path: `/api/v1/notifications/${DEAD}/retry`,
    schema: NotificationBody,
  },
  'get /api/v1/channel-kinds': { path: '/api/v1/channel-kinds', schema: z.array(ChannelKindBody) },
  'get /api/v1/channels': { path: '/api/v1/channels', schema: ChannelsBody },
  'post /api/v1/channels': { ...newChannel, schema: ChannelBody, status: 201 },
  'get /api/v1/channels/{id}': { path: `/api/v1/channels/${CHANNEL}`, schema: ChannelBody },
  'put /api/v1/channels/{id}': {
    path: '/api/v1/channels/{new}',
    made: newChannel,
    body: { spec: { ...exampleChannel, language: 'fr' }, version: 1 },
    schema: ChannelBody,
  },
  'delete /api/v1/channels/{id}': { path: '/api/v1/channels/{new}', made: newChannel, schema: AcceptedBody },
  'post /api/v1/channels/{id}/test': {
    path: '/api/v1/channels/{new}/test',
    made: newChannel,
    schema: ChannelTestBody,
  },
  'post /api/v1/channels/preview': {
    path: '/api/v1/channels/preview',
    body: { spec: exampleChannel },
    schema: ChannelPreviewBody,
  },
}

export const ALERTING_ROUTES = Object.keys(ALERTING_CASES)
