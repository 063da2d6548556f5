// Messages to channels: each with every attempt and answer. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { Next, Paging, Ulid } from './id.ts'
import { text } from './text.ts'

export const RoundKindName = z
  .enum(['first', 'changed', 'escalated', 'repeated', 'resolved', 'acknowledged', 'summary'])
  .openapi('RoundKind')

export const NotificationState = z
  .enum(['due', 'sending', 'waiting', 'delivered', 'dead'])
  .openapi('NotificationState', {
    description:
      '`waiting`: failed, tried again at `retry_at`. `dead`: refused, or tried as often as it may be; a person may ' +
      'have it tried again.',
  })

export const ToldAlertBody = z
  .object({ alert: z.string(), state: z.enum(['firing', 'acknowledged', 'resolved']) })
  .openapi('ToldAlert')

export const AttemptBody = z
  .object({
    attempt: z.int(),
    started_at: z.int().nullable(),
    worker: z.string().nullable(),
    ended_at: z.int().nullable(),
    outcome: z
      .enum(['delivered', 'failed', 'dead', 'lost'])
      .nullable()
      .openapi({ description: 'null: under way. `lost`: nobody knows how it ended; another one began.' }),
    answer: z.string().nullable().openapi({ description: 'What the other side said.' }),
    reason: z.string().nullable(),
    took_ms: z.int().nullable(),
    retry_at: z.int().nullable(),
  })
  .openapi('Attempt')

export const NotificationRow = z
  .object({
    id: Ulid,
    incident: z.string().nullable(),
    channel: z.object({ id: z.string(), name: z.string().nullable(), kind: z.string().nullable() }),
    kind: RoundKindName,
    step: z.int().openapi({ description: 'Of the escalation policy, from 0.' }),
    schedule: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    member: z.string().nullable().openapi({ description: 'Who was on call.' }),
    alerts: z.array(ToldAlertBody),
    test: z.boolean(),
    state: NotificationState,
    due_at: z.int(),
    attempts: z.array(AttemptBody),
    retry_at: z.int().nullable(),
    answer: z.string().nullable(),
    reason: z.string().nullable().openapi({ description: 'Why the last attempt failed.' }),
    refused: z.boolean(),
    delivered_at: z.int().nullable(),
    platform: z.boolean(),
    version: z.int(),
    updated_at: z.int(),
  })
  .openapi('Notification')

export const NotificationQuery = z.object({
  state: text(100)
    .optional()
    .openapi({ description: 'Comma-separated states; `dead` lists the dead letters.' }),
  channel: Ulid.optional(),
  alert: Ulid.optional(),
  incident: Ulid.optional(),
  test: z.enum(['true', 'false']).optional(),
  ...Paging,
})

export const NotificationCounts = z
  .object({
    due: z.int(),
    sending: z.int(),
    waiting: z.int(),
    dead: z.int(),
  })
  .openapi('NotificationCounts')

export const NotificationsBody = z
  .object({
    total: z.int().openapi({ description: 'Notifications that match; counted up to 10,000.' }),
    counts: NotificationCounts.openapi({ description: 'Of the whole tenant: what is not delivered.' }),
    notifications: z.array(NotificationRow),
    next: Next,
  })
  .openapi('Notifications')

export const NotificationBody = z.object({ notification: NotificationRow }).openapi('NotificationDetail')
