// A rule made ready: where its values stand, how they are compared, and what it keeps of each series.

import {
  Aggregation,
  type Comparison,
  NoDataPolicy,
  type ForecastCondition,
  type MetricCondition,
  type RuleSpec,
} from '@secumon/contracts/gen/rule'
import { metricOf, type Metric } from '@secumon/contracts/metrics'
import { globMatcher } from '../glob.ts'
import { badSide, compareBy, type Compare } from './comparison.ts'
import { readingOf, type Reading } from './reading.ts'
import type { RuleInForce } from './rule-set.ts'

export type Limit = {
  readonly compare: Compare
  readonly threshold: number
  /** What a firing alert is compared with. */
  readonly recovery: number
}

export type MetricRule = {
  readonly kind: 'metric'
  readonly metric: Metric
  readonly reading: Reading
  readonly limit: Limit
  readonly aggregation: Aggregation | 'forecast'
  /** 0: the sample alone is judged. */
  readonly windowMs: number
  readonly horizonMs: number
  /** Undefined: each value of the dimension. */
  readonly isMeant: ((dimension: string) => boolean) | undefined
}

export type Judge =
  | MetricRule
  | { readonly kind: 'offline' }
  | { readonly kind: 'platform'; readonly metric: string; readonly limit: Limit }

export type CompiledRule = {
  readonly rule: RuleInForce
  /** Tenant and id: what stays the same when the rule is changed. */
  readonly key: string
  readonly judge: Judge
  readonly durationMs: number
  readonly keepFiringMs: number
  readonly silence: NoDataPolicy
  readonly silenceMs: number
  /** When two versions differ here they judge something else. */
  readonly judged: string
}

export const ruleKey = ({ tenant, id }: Pick<RuleInForce, 'tenant' | 'id'>): string => `${tenant}/${id}`

/** Undefined for a rule that this version cannot judge: a metric or a condition it does not know. */
export function compileRule(rule: RuleInForce): CompiledRule | undefined {
  const { spec } = rule
  const judge = judgeOf(spec)
  if (!judge) return undefined
  return {
    rule,
    key: ruleKey(rule),
    judge,
    durationMs: spec.durationMs,
    keepFiringMs: spec.keepFiringMs,
    silence: spec.noData?.policy ?? NoDataPolicy.IGNORE,
    silenceMs: spec.noData?.afterMs ?? 0,
    judged: judgedBy(spec),
  }
}

function judgeOf({ condition }: RuleSpec): Judge | undefined {
  switch (condition.case) {
    case 'metric':
      return metricJudge(condition.value, {
        aggregation: condition.value.aggregation,
        horizonMs: 0,
        recovery: condition.value.recovery,
      })
    case 'forecast':
      return metricJudge(condition.value, {
        aggregation: 'forecast',
        horizonMs: condition.value.horizonMs,
        recovery: undefined,
      })
    case 'offline':
      return { kind: 'offline' }
    case 'platform': {
      const { metric, comparison, threshold } = condition.value
      return {
        kind: 'platform',
        metric,
        limit: { compare: compareBy(comparison), threshold, recovery: threshold },
      }
    }
    case undefined:
      return undefined
  }
}

type How = Pick<MetricRule, 'aggregation' | 'horizonMs'> & { readonly recovery: number | undefined }

function metricJudge(
  condition: MetricCondition | ForecastCondition,
  { aggregation, horizonMs, recovery }: How,
): MetricRule | undefined {
  const metric = metricOf(condition.metric)
  if (!metric) return undefined
  const { comparison, threshold, windowMs, dimension } = condition
  const isLast = aggregation === Aggregation.LAST || aggregation === Aggregation.UNSPECIFIED
  return {
    kind: 'metric',
    metric,
    reading: readingOf(metric),
    limit: { compare: compareBy(comparison), threshold, recovery: recovery ?? threshold },
    aggregation: isLast ? Aggregation.LAST : aggregation,
    windowMs: isLast ? 0 : windowMs,
    horizonMs,
    isMeant: globMatcher(dimension),
  }
}

// Severity is part of it: an alert is told with the severity it began with.
function judgedBy({ condition, severity }: RuleSpec): string {
  const parts: unknown[] = [condition.case, severity]
  if (condition.case === 'metric' || condition.case === 'forecast' || condition.case === 'platform')
    parts.push(condition.value.metric, sideOf(condition.value.comparison))
  if (condition.case === 'metric') parts.push(condition.value.aggregation)
  return parts.join(' ')
}

const sideOf = (comparison: Comparison): string => badSide(comparison) ?? String(comparison)
