// What the platform's storage is like. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { text } from './text.ts'

const Time = z.number().nullable()

const Edition = z.enum(['full', 'apache', 'plain'])

const RelationBody = z.object({
  schema: z.string(),
  name: z.string(),
  form: z.enum(['table', 'partitioned', 'hypertable', 'aggregate']),
  kept_days: z.int().nullable().openapi({ description: 'By the platform; null: nothing in it grows old.' }),
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

export const JobBody = z
  .object({
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
    owner: z.enum(['secumon', 'timescaledb']).openapi({ description: 'Whose scheduler does it.' }),
    deletes: z.boolean().openapi({ description: 'What it removes is gone for good.' }),
  })
  .openapi('StorageJob')

export const JobsBody = z.object({ jobs: z.array(JobBody) }).openapi('StorageJobs')

/** A job in an address. */
export const JobByName = z.object({ name: text(64).min(1) })

export const StorageBody = z
  .object({
    edition: Edition.openapi({ description: 'What is used of the database.' }),
    offered: Edition.openapi({ description: 'What it could do.' }),
    database: z.string(),
    relations: z.array(RelationBody),
    jobs: z.array(JobBody),
    disk: z
      .object({
        free_bytes: z.number(),
        total_bytes: z.number(),
        low: z.boolean().openapi({ description: 'The oldest days go before their time.' }),
        at: z.number().openapi({ description: 'When it was looked at.' }),
      })
      .nullable()
      .openapi({ description: 'null: not known.' }),
    growth: z.object({
      bytes_per_day: z.number().nullable(),
      days_left: z.number().nullable().openapi({ description: 'Until the disk is full.' }),
      stable: z.boolean().openapi({ description: 'What is dropped balances what comes.' }),
    }),
  })
  .openapi('Storage')
