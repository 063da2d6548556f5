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

const Time = z.number().nullable()

export const RetentionBody = z
  .object({
    kept: RetentionDaysBody,
    platform: z
      .object({ raw: z.int(), rollup_5min: z.int(), rollup_1hour: z.int(), logs: z.int() })
      .openapi({ description: 'Days that the platform keeps; nobody keeps more.' }),
    fewest_raw_days: z.int().openapi({ description: 'Samples as measured are kept for so long at least.' }),
    begins: z
      .object({ raw: Time, rollup_5min: Time, rollup_1hour: Time, logs: Time })
      .openapi({ description: 'Of the tenant’s data, about when the oldest is; null: none, or not known.' }),
    runs_at: Time.openapi({ description: 'When what is older goes next; null: not known.' }),
    changed: z
      .object({
        at: z.number(),
        by: ActorBody.nullable(),
        before: RetentionDaysBody.openapi({ description: 'What was kept until then.' }),
      })
      .nullable()
      .openapi({ description: 'The last change; null: there was none.' }),
  })
  .openapi('Retention')
