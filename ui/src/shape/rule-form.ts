// The form of a rule: what the fields hold, the rule they make, and which field a refusal is about.

import type { Comparison, Condition, RuleAggregation, RuleSpec, Severity } from '../lib/alerting-types.ts'
import { metricUnit, PLATFORM_FIGURES } from './metric-text.ts'
import { parseQuantity, quantityText } from './quantity.ts'

const MINUTE = 60_000

export type RuleForm = {
  name: string
  description: string
  severity: Severity
  kind: Condition['kind']
  metric: string
  figure: string
  comparison: Comparison
  threshold: string
  recovery: string
  aggregation: RuleAggregation
  windowMs: number
  horizonMs: number
  dimension: string
  durationMs: number
  keepFiringMs: number
  noData: NonNullable<RuleSpec['no_data']>['policy']
  noDataAfterMs: number
  labels: { name: string; value: string }[]
  scope: RuleSpec['scope']['kind']
  tag: string
  agent: string
  policy: string
  runbookUrl: string
}

export type RuleField =
  | 'name' | 'description' | 'metric' | 'threshold' | 'recovery' | 'window' | 'horizon' | 'dimension' | 'duration'
  | 'keepFiring' | 'noData' | 'labels' | 'scope' | 'policy' | 'runbook' | 'rule' // prettier-ignore

const NEW_RULE: RuleForm = {
  name: '',
  description: '',
  severity: 'warning',
  kind: 'metric',
  metric: 'cpu.usage_percent',
  figure: PLATFORM_FIGURES[0]?.key ?? '',
  comparison: 'gt',
  threshold: '90',
  recovery: '',
  aggregation: 'last',
  windowMs: 5 * MINUTE,
  horizonMs: 24 * 60 * MINUTE,
  dimension: '',
  durationMs: 5 * MINUTE,
  keepFiringMs: 0,
  noData: 'ignore',
  noDataAfterMs: 5 * MINUTE,
  labels: [],
  scope: 'everyone',
  tag: '',
  agent: '',
  policy: '',
  runbookUrl: '',
}

/** The fields of a rule; of a new one, what most begin with. */
export function ruleForm(spec?: RuleSpec): RuleForm {
  if (!spec) return structuredClone(NEW_RULE)
  const { scope, no_data: noData } = spec
  return {
    ...NEW_RULE,
    name: spec.name,
    description: spec.description,
    severity: spec.severity,
    ...conditionFields(spec.condition),
    durationMs: spec.duration_ms,
    keepFiringMs: spec.keep_firing_ms,
    noData: noData?.policy ?? 'ignore',
    noDataAfterMs: noData?.after_ms || NEW_RULE.noDataAfterMs,
    labels: Object.entries(spec.labels).map(([name, value]) => ({ name, value })),
    scope: scope.kind,
    tag: scope.kind === 'tag' ? scope.tag : '',
    agent: scope.kind === 'agent' ? scope.agent : '',
    policy: spec.escalation_policy ?? '',
    runbookUrl: spec.runbook_url,
  }
}

function conditionFields(condition: Condition): Partial<RuleForm> {
  const { kind } = condition
  if (kind === 'offline') return { kind }
  const { comparison } = condition
  if (kind === 'platform')
    return { kind, comparison, figure: condition.metric, threshold: String(condition.threshold) }
  const { metric, dimension, window_ms: windowMs } = condition
  const unit = metricUnit(metric)
  const common = { kind, metric, comparison, dimension, threshold: quantityText(condition.threshold, unit) }
  if (kind === 'forecast') return { ...common, windowMs, horizonMs: condition.horizon_ms }
  const { recovery, aggregation } = condition
  return {
    ...common,
    aggregation,
    windowMs: windowMs || NEW_RULE.windowMs,
    recovery: recovery === null ? '' : quantityText(recovery, unit),
  }
}

/** Whether the rule is about a metric of agents. */
export const isAboutMetric = ({ kind }: Pick<RuleForm, 'kind'>): boolean =>
  kind === 'metric' || kind === 'forecast'

/** Fields that hold no number where one is needed. */
export function ruleFaults(form: RuleForm): readonly RuleField[] {
  if (form.kind === 'offline') return []
  const unit = metricUnit(form.kind === 'platform' ? form.figure : form.metric)
  const recovery = form.kind === 'metric' && form.recovery.trim() !== ''
  return [
    ...(parseQuantity(form.threshold, unit) === undefined ? (['threshold'] as const) : []),
    ...(recovery && parseQuantity(form.recovery, unit) === undefined ? (['recovery'] as const) : []),
  ]
}

/** The rule that the fields make; whether it can be is for the server to say. */
export const ruleSpec = (form: RuleForm): RuleSpec => ({
  name: form.name.trim(),
  description: form.description.trim(),
  severity: form.severity,
  condition: conditionOf(form),
  duration_ms: form.durationMs,
  keep_firing_ms: form.keepFiringMs,
  no_data: isAboutMetric(form)
    ? { policy: form.noData, after_ms: form.noData === 'ignore' ? 0 : form.noDataAfterMs }
    : null,
  labels: Object.fromEntries(
    form.labels
      .filter(({ name }) => name.trim() !== '')
      .map(({ name, value }) => [name.trim(), value.trim()]),
  ),
  scope: scopeOf(form),
  escalation_policy: form.policy || null,
  runbook_url: form.runbookUrl.trim(),
})

function scopeOf({ scope, tag, agent, kind }: RuleForm): RuleSpec['scope'] {
  if (kind === 'platform' || scope === 'everyone') return { kind: 'everyone' }
  return scope === 'tag' ? { kind: 'tag', tag: tag.trim() } : { kind: 'agent', agent }
}

function conditionOf(form: RuleForm): Condition {
  const { metric, comparison, figure, horizonMs, windowMs } = form
  const unit = metricUnit(form.kind === 'platform' ? figure : metric)
  const threshold = parseQuantity(form.threshold, unit) ?? 0
  const dimension = form.dimension.trim()
  switch (form.kind) {
    case 'offline':
      return { kind: 'offline' }
    case 'platform':
      return { kind: 'platform', metric: figure, comparison, threshold }
    case 'forecast': {
      const direction = comparison === 'lt' || comparison === 'lte' ? 'lt' : 'gt'
      return {
        kind: 'forecast', metric, threshold, dimension, comparison: direction, window_ms: windowMs, horizon_ms: horizonMs,
      } // prettier-ignore
    }
    case 'metric': {
      const { aggregation } = form
      return {
        kind: 'metric', metric, comparison, threshold, dimension, aggregation,
        window_ms: aggregation === 'last' ? 0 : windowMs,
        recovery: form.recovery.trim() === '' ? null : (parseQuantity(form.recovery, unit) ?? null),
      } // prettier-ignore
    }
  }
}

const PATHS: readonly (readonly [RegExp, RuleField])[] = [
  [/spec\.name/, 'name'],
  [/spec\.description/, 'description'],
  [/condition\.metric/, 'metric'],
  [/condition\.threshold/, 'threshold'],
  [/condition\.recovery/, 'recovery'],
  [/condition\.window/, 'window'],
  [/condition\.horizon/, 'horizon'],
  [/condition\.dimension/, 'dimension'],
  [/spec\.duration/, 'duration'],
  [/spec\.keep_firing/, 'keepFiring'],
  [/spec\.no_data/, 'noData'],
  [/spec\.labels/, 'labels'],
  [/spec\.scope/, 'scope'],
  [/spec\.escalation/, 'policy'],
  [/spec\.runbook/, 'runbook'],
]
const WORDS: readonly (readonly [RegExp, RuleField])[] = [
  [/recover/, 'recovery'],
  [/ahead/, 'horizon'],
  [/window|rate per second already/, 'window'],
  [/pattern|cannot be chosen/, 'dimension'],
  [/threshold|never cross/, 'threshold'],
  [/no metric|says nothing of/, 'metric'],
  [/needs a name/, 'name'],
  [/a description/, 'description'],
  [/goes on firing/, 'keepFiring'],
  [/the duration/, 'duration'],
  [/silence/, 'noData'],
  [/label/, 'labels'],
  [/scope|not a tag/, 'scope'],
  [/escalation policy/, 'policy'],
  [/runbook/, 'runbook'],
]

/** Which field the server's refusal is about: by the path of the input, else by what the domain says. */
export function ruleFieldOf({
  message,
  detail,
}: {
  readonly message: string
  readonly detail?: string | undefined
}): RuleField {
  const byPath = PATHS.find(([path]) => path.test(detail ?? ''))
  return (byPath ?? WORDS.find(([said]) => said.test(message)))?.[1] ?? 'rule'
}

/** The refusal without the path before it. */
export const refusalText = ({
  message,
  detail,
}: {
  readonly message: string
  readonly detail?: string | undefined
}): string => detail?.replace(/(?:^|(?<=; ))body\.[\w.]+: /g, '') ?? message
