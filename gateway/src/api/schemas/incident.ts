// Incidents: alerts that are handled and told together. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { AlertRow } from './alert.ts'
import { Next, Paging, QueryMoment, Ulid } from './id.ts'
import { NotificationRow } from './notification.ts'
import { RoundBody } from './round.ts'
import { SeverityName } from './rule.ts'
import { text } from './text.ts'

export const IncidentState = z.enum(['open', 'closed']).openapi('IncidentState')

export const IncidentRow = z
  .object({
    id: Ulid,
    state: IncidentState,
    platform: z.boolean(),
    severity: SeverityName.openapi({ description: 'The worst of its alerts.' }),
    summary: z
      .boolean()
      .openapi({ description: 'Of what happened while nothing could be told: its alerts may be over.' }),
    policy: z.object({ id: z.string(), name: z.string().nullable(), version: z.int() }),
    group: z.record(z.string(), z.string()).openapi({ description: 'Labels its alerts have in common.' }),
    alerts: z.object({
      total: z.int(),
      firing: z.int(),
      acknowledged: z.int().openapi({ description: 'Of those that are firing.' }),
    }),
    opened_at: z.int(),
    closed_at: z.int().nullable(),
    told_at: z.int().nullable().openapi({ description: 'When the last round of messages was due.' }),
    version: z.int(),
  })
  .openapi('Incident')

export const IncidentQuery = z.object({
  state: text(20).optional().openapi({ description: 'open or closed.' }),
  policy: Ulid.optional(),
  alert: Ulid.optional(),
  from: QueryMoment.optional().openapi({ description: 'Not closed before; negative: relative to now.' }),
  to: QueryMoment.optional().openapi({ description: 'Opened before; negative: relative to now.' }),
  ...Paging,
})

export const IncidentsBody = z
  .object({
    total: z.int().openapi({ description: 'Incidents that match; counted up to 10,000.' }),
    open: z.int().openapi({ description: 'Of the whole tenant.' }),
    incidents: z.array(IncidentRow),
    next: Next,
  })
  .openapi('Incidents')

export const IncidentBody = z
  .object({
    incident: IncidentRow,
    alerts: z
      .array(
        z.object({
          alert: AlertRow,
          joined_at: z.int(),
          left_at: z.int().nullable(),
          left_why: z.string().nullable(),
        }),
      )
      .openapi({ description: 'The first 500.' }),
    rounds: z.array(RoundBody).openapi({ description: 'Newest first, at most 200.' }),
    notifications: z.array(NotificationRow).openapi({ description: 'Newest first, at most 500.' }),
  })
  .openapi('IncidentDetail')
