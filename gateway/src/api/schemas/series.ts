// Values over time, and the catalogue of metrics they are asked by. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { MAX_LABELS_BYTES } from '@secumon/contracts/custom-metrics'
import type { MetricKey } from '@secumon/contracts/metrics'
import { storable } from './text.ts'

export const SeriesQuery = z.object({
  keys: z.string().min(1).max(4500).openapi({ description: 'Comma-separated metric keys, at most 20.' }),
  from: z.coerce.number().int().openapi({ description: 'Milliseconds; negative: relative to now.' }),
  to: z.coerce.number().int().optional().openapi({ description: 'Milliseconds; absent: now.' }),
  step: z.coerce
    .number()
    .int()
    .min(1000)
    .optional()
    .openapi({ description: 'Milliseconds; absent: range ÷ points, but no finer than the agent measures.' }),
  points: z.coerce.number().int().min(10).max(5000).default(500),
  aggregation: z.enum(['avg', 'max', 'min', 'last', 'sum', 'rate']).optional().openapi({
    description:
      'Absent: avg of gauges, rate of deltas. `last` of a rollup is the mean of its last row in the bucket.',
  }),
  dimension: storable(MAX_LABELS_BYTES).optional().openapi({
    description:
      'One value of the dimension, such as a mount or all labels, exactly as `name` of an answer has it; absent: all.',
  }),
})

export const Series = z
  .object({
    key: z
      .custom<MetricKey>((key) => typeof key === 'string')
      .openapi({ type: 'string', description: 'As in the catalogue, or `custom.` and a name.' }),
    unit: z.string(),
    aggregation: z.enum(['avg', 'max', 'min', 'last', 'sum', 'rate']),
    name: z.string().nullable().openapi({ description: 'Value of the dimension; null where there is none.' }),
    values: z.array(z.number().nullable()).openapi({ description: 'One per time; null is a gap.' }),
    min: z
      .array(z.number().nullable())
      .optional()
      .openapi({ description: 'With avg, when buckets hold several.' }),
    max: z.array(z.number().nullable()).optional(),
  })
  .openapi('Series')

export const SeriesBody = z
  .object({
    from: z.int(),
    to: z.int(),
    step: z.int().openapi({
      description: 'Width of a bucket: as asked for, or the next multiple of the widest row that was read.',
    }),
    source: z.string().openapi({ description: 'The relations that were read, e.g. metrics_1hour,metrics.' }),
    times: z.array(z.int()).openapi({ description: 'Start of each bucket.' }),
    series: z.array(Series),
  })
  .openapi('SeriesSet')

export const MetricBody = z
  .object({
    key: z.string(),
    unit: z.string(),
    kind: z.enum(['gauge', 'delta']),
    dimension: z.string().nullable(),
    description: z.object({ en: z.string(), fr: z.string() }),
  })
  .openapi('Metric')
