// A rule as a sentence: what it watches, when it fires, whom it concerns.

import type { Messages } from '../i18n/en.ts'
import type { Comparison, RuleAggregation, RuleSpec } from '../lib/alerting-types.ts'
import { metricName, metricUnit, type Language } from './metric-text.ts'
import type { DisplayUnit } from './number-format.ts'

export const COMPARISON_WORD = {
  gt: 'compareGt',
  gte: 'compareGte',
  lt: 'compareLt',
  lte: 'compareLte',
  eq: 'compareEq',
  ne: 'compareNe',
} as const satisfies Readonly<Record<Comparison, keyof Messages>>

export const AGGREGATION_WORD = {
  last: 'aggregateLast',
  avg: 'aggregateAvg',
  max: 'aggregateMax',
  min: 'aggregateMin',
  rate: 'aggregateRate',
} as const satisfies Readonly<Record<RuleAggregation, keyof Messages>>

/** What a sentence needs of the viewer's language. */
export type Speech = {
  readonly t: Messages
  readonly language: Language
  readonly number: (value: number, unit: DisplayUnit) => string
  readonly duration: (durationMs: number) => string
}

/** `Used share of installed memory above 85 %, mean of 5 min, for 3 min`. */
export function ruleSentence(spec: Pick<RuleSpec, 'condition' | 'duration_ms'>, speech: Speech): string {
  const { t, duration } = speech
  const parts = [conditionText(spec.condition, speech)]
  const { condition } = spec
  if (condition.kind === 'metric' && condition.aggregation !== 'last')
    parts.push(
      t.sentenceAggregated(t[AGGREGATION_WORD[condition.aggregation]], duration(condition.window_ms)),
    )
  if (spec.duration_ms > 0) parts.push(t.sentenceFor(duration(spec.duration_ms)))
  return parts.join(', ')
}

function conditionText(condition: RuleSpec['condition'], { t, language, number, duration }: Speech): string {
  if (condition.kind === 'offline') return t.sentenceOffline
  const comparison = t[COMPARISON_WORD[condition.comparison]]
  const threshold = number(condition.threshold, metricUnit(condition.metric))
  const name = metricName(condition.metric, language)
  if (condition.kind === 'platform') return t.sentenceMetric(name, comparison, threshold)
  const subject = condition.dimension === '' ? name : `${name} (${condition.dimension})`
  return condition.kind === 'forecast'
    ? t.sentenceForecast(subject, comparison, threshold, duration(condition.horizon_ms))
    : t.sentenceMetric(subject, comparison, threshold)
}

/** Whom a rule concerns. */
export function scopeText({ scope, condition }: Pick<RuleSpec, 'scope' | 'condition'>, t: Messages): string {
  if (condition.kind === 'platform') return t.thePlatformItself
  if (scope.kind === 'tag') return t.agentsTagged(scope.tag)
  return scope.kind === 'agent' ? t.oneAgent : t.everyAgent
}
