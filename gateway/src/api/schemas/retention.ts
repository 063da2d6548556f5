// How long a tenant's data is kept, and from when there is any. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'

const days = (about: string) => z.int().min(1).max(36_500).nullable().openapi({ description: about })

const AS_PLATFORM = 'null: as long as the platform keeps it.'

/** What a tenant keeps. */
export const RetentionDaysBody = z
  .strictObject({
    raw: days(`Days of samples as measured, 5 at least. ${AS_PLATFORM}`),
    rollup_5min: days(`Days of samples by five minutes, not less than of raw ones. ${AS_PLATFORM}`),
    rollup_1hour: days(`Days of samples by the hour, not less than by five minutes. ${AS_PLATFORM}`),
    logs: days(`Days that lines of logs can be searched. ${AS_PLATFORM}`),
  })
  .openapi('RetentionDays')

/** What a tenant is to keep. */
export const RetentionChange = RetentionDaysBody.extend({
  version: z.int().min(0).optional().openapi({
    description: 'That was edited; another one by now is answered with 409. 0: it was never set.',
  }),
}).openapi('RetentionChange')

const Time = z.number().nullable()

export const RetentionBody = z
  .object({
    kept: RetentionDaysBody,
    version: z.int().openapi({ description: 'Of what is kept; 0: it was never set.' }),
    platform: z
      .object({ raw: z.int(), rollup_5min: z.int(), rollup_1hour: z.int(), logs: z.int() })
      .openapi({ description: 'Days that the platform keeps; nobody keeps more.' }),
    fewest_raw_days: z.int().openapi({ description: 'Samples as measured are kept for so long at least.' }),
    begins: z.object({ raw: Time, rollup_5min: Time, rollup_1hour: Time, logs: Time }).openapi({
      description: 'Of the tenant’s data, when the oldest is; null: there is none, or it is `unknown`.',
    }),
    unknown: z.array(RetentionDaysBody.keyof()).openapi({
      description: 'Of these there may be data of any age: in a tenant of many agents nobody looks.',
    }),
    runs_at: Time.openapi({ description: 'When what is older goes next; null: not known.' }),
    changed: z
      .object({
        at: z.number(),
        by: ActorBody.nullable(),
        before: RetentionDaysBody.openapi({
          description:
            'What was kept when older data was deleted last, or until this change where that is longer ago.',
        }),
      })
      .nullable()
      .openapi({ description: 'The last change; null: there was none.' }),
  })
  .openapi('Retention')
