// Lines of logs: found, counted, followed, exported. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { LOG_LOSSES, LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import { Next, QueryMoment, Ulid } from './id.ts'
import { text } from './text.ts'

export const MAX_LOG_LINES = 1_000
export const MAX_LOG_BUCKETS = 500

export const LogSeverity = z.enum(LOG_SEVERITIES).openapi('LogSeverity', {
  description: 'As in syslog, the worst first; `none` where the source names none.',
})

export const LogLineId = z
  .string()
  .regex(
    /^[0-7][0-9A-HJKMNP-TV-Z]{25}\.\d{1,16}\.\d{1,16}\.\d{1,9}$/,
    'the id of a line: agent.epoch.sequence.index',
  )
  .openapi({
    description: 'The place of a line in its agent’s chain: `<agent>.<epoch>.<sequence>.<index>`.',
    example: '01JD3V7T9PZ8Q6X5W4R3S2T1N0.1.4711.17',
  })

export const LogDroppedBody = z
  .object({
    reason: z.enum(LOG_LOSSES).openapi({
      description:
        '`rate`: the source wrote more than its limit; `spool_full`: no room on the host while the link was down; ' +
        '`file_gone`: a file went before it was read to its end; `gap`: frames of the agent that never came.',
    }),
    lines: z.int().openapi({ description: '0 where nobody could count.' }),
    bytes: z.int(),
    from: z.int(),
    until: z.int(),
  })
  .openapi('LogDropped')

export const LogLineBody = z
  .object({
    id: LogLineId,
    time: z.int(),
    agent: Ulid,
    source: z.string().openapi({ description: 'As the agent’s configuration calls it.', example: 'nginx' }),
    unit: z.string().nullable().openapi({ description: 'Program or systemd unit that wrote it.' }),
    severity: LogSeverity,
    message: z.string().openapi({
      description:
        'At most 64 KiB; several lines where the source joins them. Of a loss: a sentence that says it.',
    }),
    dropped: LogDroppedBody.optional().openapi({
      description: 'Only where the record stands for lines that were there and will never come.',
    }),
  })
  .openapi('LogLine')

const names = (max: number, of: string) =>
  text(max)
    .optional()
    .openapi({ description: `Comma-separated, at most 50 ${of}; absent: all.` })

const without = (max: number, of: string) =>
  text(max)
    .optional()
    .openapi({ description: `Comma-separated, at most 50: lines of none of these ${of}.` })

/** Which lines, whenever they were written. */
const Filter = {
  agents: names(1_400, 'ULIDs of agents'),
  sources: names(4_000, 'sources'),
  units: names(8_000, 'units'),
  severity: text(100)
    .optional()
    .openapi({
      description: `Comma-separated, of ${LOG_SEVERITIES.join(', ')}; absent: all.`,
      example: 'critical,error',
    }),
  not_agents: without(1_400, 'agents'),
  not_sources: without(4_000, 'sources'),
  not_units: without(8_000, 'units; lines of no unit stay'),
  not_severity: without(100, 'severities'),
  text: text(200).min(1).optional().openapi({
    description: 'Part of a message, upper and lower case alike, taken literally.',
  }),
  words: text(200).min(1).optional().openapi({
    description:
      'Words, separated by blanks: parts of a message, all of them, in any order, upper and lower case alike.',
  }),
  regex: text(200)
    .min(1)
    .optional()
    .openapi({
      description:
        'A regular expression that a message contains; case counts unless it begins with `(?i)`. PostgreSQL’s advanced ' +
        'regular expressions, or RE2 where logs lie in Loki.',
    }),
}

const Range = {
  from: QueryMoment.default(-3_600_000).openapi({
    description: 'Milliseconds since 1970 UTC, included; negative: relative to now; absent: an hour ago.',
  }),
  to: QueryMoment.optional().openapi({
    description: 'Not included; negative: relative to now; absent: now.',
  }),
}

export const LogTailQuery = z.object(Filter)

export const LogFilterQuery = z.object({ ...Range, ...Filter })

export const LogQuery = z.object({
  ...Range,
  ...Filter,
  limit: z.coerce.number().int().min(1).max(MAX_LOG_LINES).default(100),
  cursor: text(200).optional().openapi({
    description: '`next` of the page before, with the same filters and order; absent: the first page.',
  }),
  order: z.enum(['newest', 'oldest']).default('newest'),
})

export const LogHistogramQuery = z.object({
  ...Range,
  ...Filter,
  buckets: z.coerce
    .number()
    .int()
    .min(2)
    .max(MAX_LOG_BUCKETS)
    .default(60)
    .openapi({ description: 'At most so many, and mostly fewer: they have a round width.' }),
})

export const LogExportQuery = z.object({
  ...Range,
  ...Filter,
  order: z.enum(['newest', 'oldest']).default('oldest'),
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
})

export const LogContextQuery = z.object({
  id: LogLineId,
  time: QueryMoment.openapi({ description: '`time` of the line: an id alone does not say where to look.' }),
  before: z.coerce.number().int().min(0).max(500).default(50),
  after: z.coerce.number().int().min(0).max(500).default(50),
})

const Ends = {
  from: z.int().openapi({ description: 'As asked, absolute.' }),
  to: z.int(),
}

export const LogsBody = z
  .object({
    lines: z.array(LogLineBody),
    next: Next.openapi({
      description:
        'Ask with `cursor` set to it for what follows; null: nothing does, up to the end of the range.',
    }),
    ...Ends,
    partial: z.boolean().openapi({
      description:
        'Time was up before the page was full: there may be more, also where `lines` is empty. Ask on with `next`.',
    }),
  })
  .openapi('Logs')

export const LogHistogramBody = z
  .object({
    ...Ends,
    step: z.int().openapi({ description: 'Width of a bucket, milliseconds.' }),
    times: z
      .array(z.int())
      .openapi({ description: 'Start of each bucket; the first may begin before `from`.' }),
    series: z
      .array(
        z.object({
          severity: LogSeverity,
          counts: z.array(z.int().nullable()).openapi({
            description: 'One per time; null where time was up before it was counted.',
          }),
        }),
      )
      .openapi({ description: 'Of the severities that there are, the worst first.' }),
    partial: z.boolean().openapi({ description: 'Time was up: the oldest buckets are null.' }),
  })
  .openapi('LogHistogram')

const Facet = z.array(z.object({ value: z.string(), count: z.int() }))

export const LogFacetsBody = z
  .object({
    agents: Facet.openapi({ description: 'ULIDs; the 50 with the most lines, the most first.' }),
    sources: Facet,
    units: Facet,
    severities: z.array(z.object({ value: LogSeverity, count: z.int() })),
    counted_from: z
      .int()
      .openapi({ description: 'Lines from here to `to` are counted: `from`, unless partial.' }),
    ...Ends,
    partial: z.boolean().openapi({
      description:
        'Time was up: only the newest part was counted. Or, where `counted_from` is `from`: there are so many values that rare ones may be missing.',
    }),
  })
  .openapi('LogFacets')

export const LogContextBody = z
  .object({
    before: z.array(LogLineBody).openapi({ description: 'Of the same agent and source, oldest first.' }),
    line: LogLineBody,
    after: z.array(LogLineBody).openapi({ description: 'The same.' }),
    from: z.int().openapi({
      description:
        'Neighbours were looked for from here to `to`: a day to either side, or as far as was wanted or there was time for.',
    }),
    to: z.int(),
  })
  .openapi('LogContext')

/** The event `lines` of the live tail. */
export const LogTailEvent = z
  .object({
    lines: z.array(LogLineBody).openapi({ description: 'As they were committed, oldest first.' }),
    skipped: z.int().openapi({
      description:
        'Lines since the event before that were too many to be told; some of them the filter may not match.',
    }),
  })
  .openapi('LogTail')
