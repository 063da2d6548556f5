// Escalation policies: who is told, in which order, how often. Durations are milliseconds.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { Duration, ExpectedVersion, Next, Paging, Ulid } from './id.ts'
import { TimeZone } from './maintenance.ts'
import { Matchers } from './matcher.ts'
import { text } from './text.ts'

export const WeeklyHoursBody = z
  .strictObject({
    days: z
      .array(z.int().min(1).max(7))
      .min(1)
      .max(7)
      .openapi({ description: 'ISO: 1 is Monday, 7 is Sunday.' }),
    from_minute: z.int().min(0).max(1440),
    until_minute: z.int().min(0).max(1440).openapi({ description: 'Below `from_minute`: past midnight.' }),
  })
  .openapi('WeeklyHours')

export const ActiveHoursBody = z
  .strictObject({ time_zone: TimeZone, hours: z.array(WeeklyHoursBody).min(1).max(50) })
  .openapi('ActiveHours')

export const TargetBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('channel'), channel: Ulid }),
    z.strictObject({ kind: z.literal('schedule'), schedule: Ulid }),
  ])
  .openapi('Target')

export const EscalationStepBody = z
  .strictObject({
    delay_ms: Duration.openapi({
      description: 'After the step before; of the first, after the incident’s first message is due.',
    }),
    targets: z.array(TargetBody).min(1).max(50),
  })
  .openapi('EscalationStep')

export const PolicySpecBody = z
  .strictObject({
    name: text(200).trim().min(1),
    matchers: Matchers.default([]).openapi({ description: 'Which alerts it takes; none: all.' }),
    order: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(100)
      .openapi({ description: 'Of several policies that match, the lowest takes an alert.' }),
    group_by: z
      .array(text(100).min(1))
      .max(20)
      .default([])
      .openapi({ description: 'Alerts with the same values of these labels make one incident; none: all.' }),
    group_wait_ms: Duration.default(0),
    group_interval_ms: Duration.default(300_000),
    repeat_interval_ms: Duration.default(0).openapi({ description: '0: never told again.' }),
    steps: z.array(EscalationStepBody).max(20),
    repeats: z
      .int()
      .min(0)
      .max(100)
      .default(0)
      .openapi({ description: 'Rounds over all steps after the first.' }),
    send_resolved: z.boolean().default(true),
    active_hours: ActiveHoursBody.nullable().default(null).openapi({ description: 'null: always.' }),
  })
  .openapi('EscalationPolicySpec')

export const PolicyRow = z
  .object({
    id: Ulid,
    platform: z.boolean(),
    spec: PolicySpecBody,
    version: z.int(),
    created_at: z.int(),
    changed_at: z.int(),
    changed_by: ActorBody.nullable(),
  })
  .openapi('EscalationPolicy')

export const PolicyQuery = z.object({ ...Paging })

export const PoliciesBody = z
  .object({
    total: z.int(),
    policies: z.array(PolicyRow).openapi({ description: 'In the order in which they take alerts.' }),
    next: Next,
  })
  .openapi('EscalationPolicies')

export const PolicyBody = z.object({ policy: PolicyRow }).openapi('EscalationPolicyDetail')

export const PolicyCreate = z.strictObject({ spec: PolicySpecBody }).openapi('EscalationPolicyCreate')

export const PolicyChange = z
  .strictObject({ spec: PolicySpecBody, version: ExpectedVersion })
  .openapi('EscalationPolicyChange')
