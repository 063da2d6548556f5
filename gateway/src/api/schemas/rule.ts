// Alert rules: what is wrong, for how long it has to be, and whom it concerns. Times and durations are milliseconds.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { Duration, ExpectedVersion, Next, Paging, Ulid } from './id.ts'
import { lines, text } from './text.ts'

export const SeverityName = z.enum(['info', 'warning', 'critical']).openapi('Severity')
export const ComparisonName = z.enum(['gt', 'gte', 'lt', 'lte', 'eq', 'ne']).openapi('Comparison')
export const AggregationName = z.enum(['last', 'avg', 'max', 'min', 'rate']).openapi('RuleAggregation')

const MetricKeyText = text(100).min(1).openapi({ example: 'cpu.usage_percent' })
const Threshold = z.number().openapi({ description: 'In the metric’s unit; of a delta metric, per second.' })
const DimensionGlob = text(200).default('').openapi({
  description:
    'Which mounts, devices, interfaces …, with `*` and `?`; empty: each. Each has an alert of its own.',
})

export const MetricConditionBody = z
  .strictObject({
    kind: z.literal('metric'),
    metric: MetricKeyText,
    comparison: ComparisonName,
    threshold: Threshold,
    recovery: z.number().nullable().default(null).openapi({
      description: 'A firing alert recovers only on the other side of this; null: of the threshold.',
    }),
    aggregation: AggregationName.default('last'),
    window_ms: Duration.default(0),
    dimension: DimensionGlob,
  })
  .openapi('MetricCondition')

export const ForecastConditionBody = z
  .strictObject({
    kind: z.literal('forecast'),
    metric: MetricKeyText,
    comparison: z.enum(['gt', 'lt']),
    threshold: Threshold,
    window_ms: Duration.openapi({ description: 'Samples of so long back make the line.' }),
    horizon_ms: Duration.openapi({ description: 'The line reaches the threshold within so long.' }),
    dimension: DimensionGlob,
  })
  .openapi('ForecastCondition')

export const OfflineConditionBody = z
  .strictObject({ kind: z.literal('offline') })
  .openapi('OfflineCondition', { description: 'The agent is silent while a gateway is there to hear.' })

export const PlatformConditionBody = z
  .strictObject({
    kind: z.literal('platform'),
    metric: MetricKeyText.openapi({ example: 'lag_seconds' }),
    comparison: ComparisonName,
    threshold: z.number(),
  })
  .openapi('PlatformCondition')

export const ConditionBody = z
  .discriminatedUnion('kind', [
    MetricConditionBody,
    ForecastConditionBody,
    OfflineConditionBody,
    PlatformConditionBody,
  ])
  .openapi('Condition')

export const RuleScopeBody = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('everyone') }),
    z.strictObject({ kind: z.literal('tag'), tag: text(64).min(1) }),
    z.strictObject({ kind: z.literal('agent'), agent: Ulid }),
  ])
  .openapi('RuleScope')

export const NoDataBody = z
  .strictObject({ policy: z.enum(['ignore', 'alert', 'resolve']), after_ms: Duration.default(0) })
  .openapi('NoData', { description: 'What silence of `after_ms` does.' })

export const RuleSpecBody = z
  .strictObject({
    name: text(200).trim().min(1),
    description: lines(2_000).default(''),
    severity: SeverityName,
    condition: ConditionBody,
    duration_ms: Duration.default(0).openapi({
      description: 'It holds so long without a break; 0: at once.',
    }),
    keep_firing_ms: Duration.default(0).openapi({ description: 'It goes on so long after recovery.' }),
    no_data: NoDataBody.nullable()
      .default(null)
      .openapi({ description: 'null: what suits the condition; the answer says which.' }),
    labels: z.record(text(100).min(1), text(500)).default({}),
    scope: RuleScopeBody.default({ kind: 'everyone' }),
    escalation_policy: Ulid.nullable()
      .default(null)
      .openapi({ description: 'ULID; null: the first policy whose matchers match.' }),
    runbook_url: text(2_000).default(''),
  })
  .openapi('RuleSpec')

export const RuleRow = z
  .object({
    id: Ulid,
    spec: RuleSpecBody,
    enabled: z.boolean(),
    built_in: z.boolean(),
    platform: z
      .boolean()
      .openapi({ description: 'Of the whole platform: it holds for the agents of every tenant.' }),
    version: z.int(),
    created_at: z.int(),
    changed_at: z.int(),
    changed_by: ActorBody.nullable(),
    firing: z.int().openapi({ description: 'Alerts of it that are firing in this tenant.' }),
    pending: z.int(),
  })
  .openapi('Rule')

export const RuleQuery = z.object({
  q: text(200).optional().openapi({ description: 'Part of a name, description or metric.' }),
  enabled: z.enum(['true', 'false']).optional(),
  severity: text(60).optional().openapi({ description: 'Comma-separated severities.' }),
  metric: text(100).optional(),
  ...Paging,
})

export const RulesBody = z
  .object({
    total: z.int().openapi({ description: 'Rules that match.' }),
    rules: z.array(RuleRow),
    next: Next,
  })
  .openapi('Rules')

export const RuleVersion = z
  .object({
    version: z.int(),
    at: z.int(),
    by: ActorBody.nullable(),
    change: z.enum(['created', 'changed', 'enabled', 'disabled', 'deleted']),
    spec: RuleSpecBody.nullable().openapi({ description: 'Of `created` and `changed`.' }),
  })
  .openapi('RuleVersion')

export const RuleBody = z
  .object({
    rule: RuleRow,
    history: z.array(RuleVersion).openapi({ description: 'Newest first, at most 200.' }),
  })
  .openapi('RuleDetail')

export const RuleCreate = z
  .strictObject({ spec: RuleSpecBody, enabled: z.boolean().default(true) })
  .openapi('RuleCreate')

export const RuleChange = z
  .strictObject({ spec: RuleSpecBody, version: ExpectedVersion })
  .openapi('RuleChange')

export const RulePreviewRequest = z
  .strictObject({
    spec: RuleSpecBody,
    agent: Ulid,
    from: z
      .int()
      .optional()
      .openapi({ description: 'Milliseconds; absent: 24 h ago; at most 24 h before `to`.' }),
    to: z.int().optional().openapi({ description: 'Milliseconds; absent: now.' }),
  })
  .openapi('RulePreviewRequest')

const PreviewSpan = z.object({
  state: z.enum(['pending', 'firing']),
  from: z.int(),
  to: z
    .int()
    .nullable()
    .openapi({ description: 'null: it goes on at the end of the time that was looked at.' }),
  value: z.number().nullable().openapi({ description: 'That decided it, after aggregation.' }),
})

export const RulePreviewBody = z
  .object({
    from: z.int(),
    to: z.int(),
    step: z.int(),
    in_scope: z.boolean().openapi({ description: 'Whether the rule concerns the agent at all.' }),
    unit: z.string().nullable(),
    threshold: z.number().nullable(),
    recovery: z.number().nullable(),
    times: z.array(z.int()).openapi({ description: 'Start of each bucket.' }),
    series: z.array(
      z.object({
        dimension: z.string().nullable(),
        values: z.array(z.number().nullable()).openapi({ description: 'One per time; null is a gap.' }),
        spans: z.array(PreviewSpan),
      }),
    ),
    fired: z.int().openapi({ description: 'How often it would have fired, over all series.' }),
  })
  .openapi('RulePreview')
