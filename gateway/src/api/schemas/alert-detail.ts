// One alert with all that led to it and all that was said of it.

import { z } from '@hono/zod-openapi'
import { AlertEvent, AlertRow, MuteBody } from './alert.ts'
import { NotificationRow } from './notification.ts'
import { RoundBody } from './round.ts'
import { RuleSpecBody } from './rule.ts'

export const AlertBody = z
  .object({
    alert: AlertRow,
    rule: RuleSpecBody.nullable().openapi({
      description: 'The rule as it was when the alert began; null when it is not known any more.',
    }),
    history: z
      .array(AlertEvent)
      .openapi({ description: 'Every event, in order: the chain that led here; the newest 1,000.' }),
    mutes: z.array(MuteBody).openapi({ description: 'Why nobody was told, and when; in order.' }),
    incidents: z.array(z.object({ id: z.string(), joined_at: z.int(), left_at: z.int().nullable() })),
    notifications: z
      .array(NotificationRow)
      .openapi({ description: 'That told of it, in order; the newest 500.' }),
    missed: z.array(RoundBody).openapi({
      description:
        'Rounds of messages that did not reach all whom they should have; newest first, at most 200.',
    }),
  })
  .openapi('AlertDetail')
