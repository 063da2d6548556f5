// POST /api/v1/rules/preview: the last 24 hours of a metric on one agent, and when a rule would have fired.

import { metricOf, type MetricKey } from '@secumon/contracts/metrics'
import type { RuleSpec } from '@secumon/contracts/gen/rule'
import { validRule } from '@secumon/domain/rule/validate'
import type { z } from 'zod'
import type { Principal } from '../../../auth/principal.ts'
import { chartOf, clipped, withSpans } from '../../alerting/preview-chart.ts'
import { previewRule, type PreviewedAgent } from '../../alerting/preview-rule.ts'
import { ruleSpecOf } from '../../alerting/rule-text.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  jsonBody,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { Failure, notFound } from '../../failures.ts'
import { RulePreviewBody, RulePreviewRequest } from '../../schemas/rule.ts'

const DAY_MS = 24 * 3_600_000
const MAX_SAMPLES = 100_000
/** What it is judged by where a rule is about silence: every host has it. */
const HEARTBEAT: MetricKey = 'cpu.usage_percent'

type Deps = Pick<ApiDeps, 'reads' | 'clock'>

const route = createRoute({
  method: 'post',
  path: '/api/v1/rules/preview',
  tags: ['rules'],
  summary: 'When a rule would have fired on one agent',
  description: `Of more than ${MAX_SAMPLES} samples the newest are judged; \`from\` of the answer says since when.`,
  security: SIGNED_IN,
  request: jsonBody(RulePreviewRequest),
  responses: {
    200: answer(RulePreviewBody, 'The metric, and the spans.'),
    ...SIGNED_IN_ERRORS,
    ...NOT_FOUND,
  },
})

export const rulePreview = (deps: Deps) =>
  endpoint(route, async (c) => {
    const asked = c.req.valid('json')
    const { principal } = c.var
    const spec = validRule(ruleSpecOf(asked.spec), principal.scope.tenant)
    if (spec.condition.case === 'platform')
      throw new Failure(400, 'a rule about the platform has no preview: no agent measures it')
    const agent = await previewedAgent(deps, principal, asked.agent)
    if (!agent) throw notFound('agent')
    return c.json(
      await previewBody(deps, principal, { spec, agent, span: spanOf(asked, deps.clock.nowMs()) }),
      200,
    )
  })

type TimeSpan = { readonly from: number; readonly to: number }

function spanOf({ from, to }: z.output<typeof RulePreviewRequest>, nowMs: number): TimeSpan {
  const until = Math.min(to ?? nowMs, nowMs)
  const span = { from: from ?? until - DAY_MS, to: until }
  if (span.from >= span.to || span.to - span.from > DAY_MS || span.from < 0)
    throw new Failure(400, 'invalid request', { detail: 'body.from is at most 24 h before body.to' })
  return span
}

async function previewedAgent(
  { reads }: Deps,
  { scope }: Principal,
  id: string,
): Promise<PreviewedAgent | undefined> {
  const found = await reads.getAgent(scope, id)
  if (!found) return undefined
  const { name, tags, simulated, period_ms: periodMs } = found.agent
  return { id, tenant: scope.tenant, name, tags, retired: false, simulated, periodMs }
}

type Preview = { readonly spec: RuleSpec; readonly agent: PreviewedAgent; readonly span: TimeSpan }

async function previewBody({ reads }: Deps, { scope }: Principal, { spec, agent, span }: Preview) {
  const { key, ...judged } = judgedBy(spec)
  const { observations: measured, cut } = await reads.observations(scope, {
    agent: agent.id,
    metric: key ?? HEARTBEAT,
    // Windows are full, and durations begun, when the span begins.
    fromMs: span.from - leadMs(spec),
    toMs: span.to,
    limit: MAX_SAMPLES,
  })
  const from = Math.max(span.from, cut ? (measured[0]?.atMs ?? 0) : 0)
  const spans = await previewRule({ spec, agent, measured, toMs: span.to })
  const chart = await chartOf(
    { reads, scope, agent },
    { key, dimension: judged.dimension, from, to: span.to },
  )
  const shown = spans.flatMap((one) => clipped(one, from))
  return {
    from,
    to: span.to,
    step: chart.step,
    in_scope: concerns(spec, agent),
    unit: judged.unit,
    threshold: judged.threshold,
    recovery: judged.recovery,
    times: chart.times,
    series: withSpans(chart.series, shown),
    fired: shown.filter(({ state }) => state === 'firing').length,
  }
}

function judgedBy({ condition }: RuleSpec) {
  if (condition.case !== 'metric' && condition.case !== 'forecast')
    return { key: undefined, unit: null, threshold: null, recovery: null, dimension: '' }
  const { metric, threshold, dimension } = condition.value
  const found = metricOf(metric)
  const recovery = condition.case === 'metric' ? (condition.value.recovery ?? threshold) : threshold
  return { key: found?.key, unit: found?.unit ?? null, threshold, recovery, dimension }
}

const leadMs = ({ condition, durationMs, keepFiringMs }: RuleSpec): number => {
  const windowMs = condition.case === 'metric' || condition.case === 'forecast' ? condition.value.windowMs : 0
  return Math.min(DAY_MS, windowMs + durationMs + keepFiringMs)
}

function concerns({ scope }: RuleSpec, { id, tags }: PreviewedAgent): boolean {
  const who = scope?.scope
  if (who?.case === 'agent') return who.value === id
  return who?.case === 'tag' ? tags.includes(who.value) : true
}
