// A round of messages about an incident, and whom it should have reached and did not. Times are milliseconds since 1970 UTC.

import { UNREACHED_REASON } from '@secumon/contracts/alerting-words'
import { z } from '@hono/zod-openapi'
import { Ulid } from './id.ts'
import { RoundKindName, ToldAlertBody } from './notification.ts'

const Named = z
  .object({ id: z.string(), name: z.string().nullable() })
  .nullable()
  .openapi({ description: 'Also of what was deleted.' })

export const UnreachedBody = z
  .object({
    step: z.int().openapi({ description: 'The step of the policy whose turn it was, from 0.' }),
    reason: z.enum(UNREACHED_REASON.all).openapi({
      description: 'Nobody was on call in the schedule; it was deleted; or the channel was.',
    }),
    channel: Named,
    schedule: Named,
    member: z.string().nullable().openapi({ description: 'Who was on call.' }),
  })
  .openapi('Unreached')

export const RoundBody = z
  .object({
    incident: Ulid,
    version: z.int(),
    kind: RoundKindName,
    step: z.int(),
    repeat: z.int(),
    due_at: z.int(),
    alerts: z.array(ToldAlertBody),
    notifications: z.array(z.string()).openapi({ description: 'ULIDs; none: it reached nobody.' }),
    unreached: z.array(UnreachedBody).openapi({ description: 'Whom it should have reached and did not.' }),
  })
  .openapi('Round')
