// What programs of a host publish themselves: the metrics of an agent, and how many series its tenant has.

import { CUSTOM_SERIES_COUNTED_DAYS, MAX_CUSTOM_SERIES } from '@secumon/contracts/custom-metrics'
import { z } from '@hono/zod-openapi'
import { Next, Paging } from './id.ts'
import { text } from './text.ts'

export const CustomMetricsQuery = z.object({
  q: text(200).optional().openapi({ description: 'Part of a name.' }),
  ...Paging,
})

export const CustomMetric = z
  .object({
    key: z
      .string()
      .openapi({ description: 'By which /series is asked.', example: 'custom.backup_age_seconds' }),
    name: z.string().openapi({ example: 'backup_age_seconds' }),
    unit: z.string().openapi({ description: 'By the name’s ending; a delta’s rate has it per second.' }),
    kind: z.enum(['gauge', 'delta']).openapi({ description: 'Counters are deltas: what they gained.' }),
    series: z.int().openapi({ description: 'Sets of labels that it has had values for.' }),
    first_seen: z.iso.date().openapi({ description: 'The day (UTC) of the first value that arrived.' }),
    last_seen: z.iso.date().openapi({ description: 'And of the last.' }),
  })
  .openapi('CustomMetric')

export const CustomUsage = z
  .object({
    series: z.int().openapi({
      description: `Of all agents of the tenant, heard of within ${CUSTOM_SERIES_COUNTED_DAYS} days.`,
    }),
    limit: z.int().openapi({
      description: 'Beyond it, values of new series are not stored.',
      example: MAX_CUSTOM_SERIES,
    }),
    refused: z.int().openapi({ description: 'Values that were not stored for it, ever.' }),
    last_refused: z.int().nullable().openapi({ description: 'When the last of those arrived.' }),
  })
  .openapi('CustomUsage')

export const CustomMetricsBody = z
  .object({
    total: z.int().openapi({ description: 'Metrics that match.' }),
    metrics: z.array(CustomMetric).openapi({ description: 'One page, by name.' }),
    next: Next,
    usage: CustomUsage,
  })
  .openapi('CustomMetrics')
