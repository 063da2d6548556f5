// Maintenances: planned windows, once or again and again, in which alerts are told to nobody.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { Duration, ExpectedVersion, Next, Paging, QueryMoment, Ulid } from './id.ts'
import { Matchers } from './matcher.ts'
import { lines, text } from './text.ts'

/** `2026-11-22T02:00:00`, in the zone that stands beside it. */
export const WallClock = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, 'a wall-clock time like 2026-11-22T02:00:00')

export const TimeZone = text(64).min(1).openapi({ description: 'IANA name.', example: 'Europe/Paris' })

export const MaintenanceSpecBody = z
  .strictObject({
    name: text(200).trim().min(1),
    reason: lines(2_000).default(''),
    matchers: Matchers,
    time_zone: TimeZone,
    starts_at: WallClock.openapi({ description: 'Wall-clock time in `time_zone`.' }),
    duration_ms: Duration,
    recurrence: text(500).default('').openapi({
      description: 'RFC 5545 rule without DTSTART; empty: once.',
      example: 'FREQ=WEEKLY;BYDAY=SU',
    }),
  })
  .openapi('MaintenanceSpec')

export const OccurrenceBody = z.object({ from: z.int(), to: z.int() }).openapi('Occurrence')

export const MaintenanceRow = z
  .object({
    id: Ulid,
    platform: z.boolean(),
    spec: MaintenanceSpecBody,
    active: OccurrenceBody.nullable().openapi({ description: 'The occurrence that is now.' }),
    next: OccurrenceBody.nullable().openapi({ description: 'The next occurrence, within 50 years.' }),
    problem: z.string().openapi({
      description: 'Why its occurrences cannot be computed, so that it mutes nothing; empty when they can.',
    }),
    created_at: z.int(),
    created_by: ActorBody.nullable(),
    changed_at: z.int(),
    cancelled_at: z.int().nullable(),
    version: z.int(),
  })
  .openapi('Maintenance')

export const MaintenanceQuery = z.object({
  cancelled: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'true: also cancelled ones.' }),
  ...Paging,
})

export const MaintenancesBody = z
  .object({ total: z.int(), maintenances: z.array(MaintenanceRow), next: Next })
  .openapi('Maintenances')

export const MaintenanceBody = z.object({ maintenance: MaintenanceRow }).openapi('MaintenanceDetail')

export const MaintenanceCreate = z.strictObject({ spec: MaintenanceSpecBody }).openapi('MaintenanceCreate')

export const MaintenanceChange = z
  .strictObject({ spec: MaintenanceSpecBody, version: ExpectedVersion })
  .openapi('MaintenanceChange')

export const CalendarQuery = z.object({
  from: QueryMoment,
  to: QueryMoment.optional().openapi({ description: 'Absent: 31 days after `from`; at most 400 days.' }),
})

export const CalendarBody = z
  .object({
    from: z.int(),
    to: z.int(),
    occurrences: z
      .array(OccurrenceBody.extend({ maintenance: z.string(), name: z.string() }))
      .openapi({ description: 'In order of their beginning; at most 2,000.' }),
    cut: z.boolean().openapi({ description: 'There are more.' }),
  })
  .openapi('MaintenanceCalendar')
