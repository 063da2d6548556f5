// How the routes of the alert centre are asked so that they succeed: after `recordNight`, by an admin.

import { CPU, DEAD, DISK, INCIDENT, RULE } from '@secumon/projections/alerts/testing/speech'
import type { z } from 'zod'
import { AcceptedBody } from '../schemas/agent.ts'
import { AlertBody } from '../schemas/alert-detail.ts'
import { AlertsBody } from '../schemas/alert.ts'
import { IncidentBody, IncidentsBody } from '../schemas/incident.ts'
import { NotificationBody, NotificationsBody } from '../schemas/notification.ts'
import { RuleBody, RulesBody } from '../schemas/rule.ts'

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

const newRule = { path: '/api/v1/rules', body: { spec: exampleRule } }

/** By method and path of the description. */
export const ALERTING_CASES: Readonly<Record<string, AlertingCase>> = {
  'get /api/v1/alerts': {
    path: '/api/v1/alerts?state=firing,resolved&sort=worst&from=0&to=-1&limit=2',
    schema: AlertsBody,
  },
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
  'get /api/v1/incidents': { path: `/api/v1/incidents?state=closed&alert=${CPU}`, schema: IncidentsBody },
  'get /api/v1/incidents/{id}': { path: `/api/v1/incidents/${INCIDENT}`, schema: IncidentBody },
  'get /api/v1/notifications': {
    path: `/api/v1/notifications?state=dead&incident=${INCIDENT}`,
    schema: NotificationsBody,
  },
  'get /api/v1/notifications/{id}': { path: `/api/v1/notifications/${DEAD}`, schema: NotificationBody },
}

export const ALERTING_ROUTES = Object.keys(ALERTING_CASES)
