// How long a tenant's data is kept, and what the platform's storage is like. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'

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

export const RetentionBody = z
  .object({
    kept: RetentionDaysBody,
    platform: z
      .object({ raw: z.int(), rollup_5min: z.int(), rollup_1hour: z.int(), logs: z.int() })
      .openapi({ description: 'Days that the platform keeps; nobody keeps more.' }),
  })
  .openapi('Retention')

const Time = z.number().nullable()

const RelationBody = z.object({
  schema: z.string(),
  name: z.string(),
  bytes: z.number(),
  rows: z.number().openapi({ description: 'About so many.' }),
  bytes_per_value: z.number().nullable(),
  oldest: Time,
  newest: Time,
  floor: Time.openapi({ description: 'What lies before has been dropped.' }),
  until: Time.openapi({ description: 'Of a rollup: what ends by then is made.' }),
  dirty: z.number().openapi({ description: 'Buckets that have yet to be made again.' }),
  late_rows: z.number().openapi({ description: 'Came after what is made of them could not be made again.' }),
})

const JobBody = z.object({
  name: z.string(),
  about: z.string(),
  schedule: z.string(),
  state: z.enum(['waiting', 'running', 'failed']),
  last_run: Time,
  last_duration_ms: z.number().nullable(),
  last_ok: Time,
  next_run: Time,
  failures: z.number().openapi({ description: 'One after the other.' }),
  detail: z.string().nullable(),
  owner: z.enum(['secumon', 'timescaledb']),
})

export const StorageBody = z
  .object({
    edition: z.enum(['full', 'apache', 'plain']),
    database: z.string(),
    relations: z.array(RelationBody),
    jobs: z.array(JobBody),
    disk: z
      .object({ free_bytes: z.number(), total_bytes: z.number() })
      .nullable()
      .openapi({ description: 'null: not known.' }),
    growth: z.object({
      bytes_per_day: z.number().nullable(),
      days_left: z.number().nullable().openapi({ description: 'Until the disk is full.' }),
      stable: z.boolean().openapi({ description: 'What is dropped balances what comes.' }),
    }),
  })
  .openapi('Storage')
