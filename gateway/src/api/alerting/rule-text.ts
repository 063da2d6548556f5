// A rule as the API writes it, and as the log does.

import { create } from '@bufbuild/protobuf'
import { AGGREGATION, COMPARISON, NO_DATA, SEVERITY } from '@secumon/contracts/alerting-words'
import {
  EveryoneSchema,
  ForecastConditionSchema,
  MetricConditionSchema,
  OfflineConditionSchema,
  PlatformConditionSchema,
  RuleSpecSchema,
  type ForecastCondition,
  type MetricCondition,
  type NoData,
  type RuleSpec,
  type Scope,
} from '@secumon/contracts/gen/rule'
import type { z } from 'zod'
import type { ConditionBody, RuleScopeBody, RuleSpecBody } from '../schemas/rule.ts'

type Text = z.output<typeof RuleSpecBody>

/** The rule in the log's form; what it says is checked by the domain. */
export const ruleSpecOf = (text: Text): RuleSpec =>
  create(RuleSpecSchema, {
    name: text.name,
    description: text.description,
    severity: SEVERITY.value(text.severity),
    condition: conditionOf(text.condition),
    durationMs: text.duration_ms,
    keepFiringMs: text.keep_firing_ms,
    ...(text.no_data && {
      noData: { policy: NO_DATA.value(text.no_data.policy), afterMs: text.no_data.after_ms },
    }),
    labels: text.labels,
    scope: { scope: scopeOf(text.scope) },
    escalationPolicy: text.escalation_policy ?? '',
    runbookUrl: text.runbook_url,
  })

function conditionOf(condition: z.output<typeof ConditionBody>): RuleSpec['condition'] {
  switch (condition.kind) {
    case 'metric': {
      const { metric, threshold, recovery, dimension } = condition
      const value = create(MetricConditionSchema, {
        metric,
        threshold,
        dimension,
        comparison: COMPARISON.value(condition.comparison),
        aggregation: AGGREGATION.value(condition.aggregation),
        windowMs: condition.window_ms,
        ...(recovery !== null && { recovery }),
      })
      return { case: 'metric', value }
    }
    case 'forecast': {
      const { metric, threshold, dimension, window_ms: windowMs, horizon_ms: horizonMs } = condition
      const comparison = COMPARISON.value(condition.comparison)
      const value = { metric, comparison, threshold, windowMs, horizonMs, dimension }
      return { case: 'forecast', value: create(ForecastConditionSchema, value) }
    }
    case 'platform': {
      const { metric, threshold } = condition
      const value = { metric, threshold, comparison: COMPARISON.value(condition.comparison) }
      return { case: 'platform', value: create(PlatformConditionSchema, value) }
    }
    case 'offline':
      return { case: 'offline', value: create(OfflineConditionSchema) }
  }
}

function scopeOf(scope: z.output<typeof RuleScopeBody>): Scope['scope'] {
  if (scope.kind === 'agent') return { case: 'agent', value: scope.agent }
  if (scope.kind === 'tag') return { case: 'tag', value: scope.tag }
  return { case: 'everyone', value: create(EveryoneSchema) }
}

/** The rule in the API's form. */
export const ruleSpecBody = (spec: RuleSpec): Text => ({
  name: spec.name,
  description: spec.description,
  severity: SEVERITY.word(spec.severity) ?? 'info',
  condition: conditionBody(spec),
  duration_ms: spec.durationMs,
  keep_firing_ms: spec.keepFiringMs,
  no_data: noDataBody(spec.noData),
  labels: { ...spec.labels },
  scope: scopeBody(spec.scope),
  escalation_policy: spec.escalationPolicy || null,
  runbook_url: spec.runbookUrl,
})

const noDataBody = (noData: NoData | undefined): Text['no_data'] =>
  noData ? { policy: NO_DATA.word(noData.policy) ?? 'ignore', after_ms: noData.afterMs } : null

function conditionBody({ condition }: RuleSpec): Text['condition'] {
  switch (condition.case) {
    case 'metric':
      return metricBody(condition.value)
    case 'forecast':
      return forecastBody(condition.value)
    case 'platform': {
      const { metric, threshold, comparison } = condition.value
      return { kind: 'platform', metric, threshold, comparison: COMPARISON.word(comparison) ?? 'gt' }
    }
    // The domain takes no rule without a condition.
    case 'offline':
    case undefined:
      return { kind: 'offline' }
  }
}

const metricBody = (condition: MetricCondition): Text['condition'] => ({
  kind: 'metric',
  metric: condition.metric,
  comparison: COMPARISON.word(condition.comparison) ?? 'gt',
  threshold: condition.threshold,
  recovery: condition.recovery ?? null,
  aggregation: AGGREGATION.word(condition.aggregation) ?? 'last',
  window_ms: condition.windowMs,
  dimension: condition.dimension,
})

const forecastBody = (condition: ForecastCondition): Text['condition'] => ({
  kind: 'forecast',
  metric: condition.metric,
  comparison: COMPARISON.word(condition.comparison) === 'lt' ? 'lt' : 'gt',
  threshold: condition.threshold,
  window_ms: condition.windowMs,
  horizon_ms: condition.horizonMs,
  dimension: condition.dimension,
})

function scopeBody(scope: Scope | undefined): Text['scope'] {
  const who = scope?.scope
  if (who?.case === 'agent') return { kind: 'agent', agent: who.value }
  return who?.case === 'tag' ? { kind: 'tag', tag: who.value } : { kind: 'everyone' }
}
