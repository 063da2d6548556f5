// On-call schedules: layers of rotations, overrides, and who is on call.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { ActiveHoursBody } from './escalation.ts'
import { ExpectedVersion, Moment, Next, Paging, QueryMoment, Ulid } from './id.ts'
import { TimeZone, WallClock } from './maintenance.ts'
import { lines, text } from './text.ts'

export const MemberBody = z
  .strictObject({ name: text(200).trim().min(1), channels: z.array(Ulid).max(20) })
  .openapi('Member')

export const RotationBody = z
  .strictObject({
    name: text(200).trim().min(1),
    members: z.array(MemberBody).min(1).max(100),
    starts_at: WallClock.openapi({ description: 'When the first member begins, in the schedule’s zone.' }),
    days_each: z.int().min(1).max(366),
    only: ActiveHoursBody.nullable().default(null).openapi({ description: 'null: always.' }),
  })
  .openapi('Rotation')

export const ScheduleSpecBody = z
  .strictObject({
    name: text(200).trim().min(1),
    time_zone: TimeZone,
    layers: z
      .array(RotationBody)
      .max(20)
      .openapi({ description: 'The later layer wins where both have somebody.' }),
  })
  .openapi('ScheduleSpec')

export const OverrideBody = z
  .object({
    id: Ulid,
    member: MemberBody,
    from: z.int(),
    until: z.int(),
    reason: z.string(),
    created_at: z.int(),
    created_by: ActorBody.nullable(),
  })
  .openapi('Override')

export const ScheduleRow = z
  .object({
    id: Ulid,
    platform: z.boolean(),
    spec: ScheduleSpecBody,
    on_call: MemberBody.nullable().openapi({ description: 'Now.' }),
    version: z.int(),
    created_at: z.int(),
    changed_at: z.int(),
    changed_by: ActorBody.nullable(),
  })
  .openapi('Schedule')

export const ScheduleQuery = z.object({ ...Paging })

export const SchedulesBody = z
  .object({ total: z.int(), schedules: z.array(ScheduleRow), next: Next })
  .openapi('Schedules')

export const ScheduleBody = z
  .object({
    schedule: ScheduleRow,
    overrides: z.array(OverrideBody).openapi({ description: 'That have not ended; in order.' }),
  })
  .openapi('ScheduleDetail')

export const ScheduleCreate = z.strictObject({ spec: ScheduleSpecBody }).openapi('ScheduleCreate')

export const ScheduleChange = z
  .strictObject({ spec: ScheduleSpecBody, version: ExpectedVersion })
  .openapi('ScheduleChange')

export const OverrideCreate = z
  .strictObject({ member: MemberBody, from: Moment, until: Moment, reason: lines(2_000).default('') })
  .openapi('OverrideCreate')

export const OnCallQuery = z.object({
  from: QueryMoment.optional().openapi({ description: 'Absent: now.' }),
  to: QueryMoment.optional().openapi({ description: 'Absent: 14 days after `from`; at most 400 days.' }),
})

export const OnCallBody = z
  .object({
    from: z.int(),
    to: z.int(),
    shifts: z
      .array(
        z.object({
          from: z.int(),
          to: z.int(),
          member: MemberBody.nullable().openapi({ description: 'null: nobody is on call.' }),
          source: z.enum(['layer', 'override', 'nobody']),
          layer: z.string().nullable(),
          override: z.string().nullable(),
        }),
      )
      .openapi({ description: 'Without a gap; at most 2,000.' }),
    cut: z.boolean(),
  })
  .openapi('OnCall')
