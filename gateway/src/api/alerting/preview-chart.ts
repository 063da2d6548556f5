// What a preview draws: the metric's values, and on each line the spans in which the rule would have fired.

import type { MetricKey } from '@secumon/contracts/metrics'
import { globMatcher } from '@secumon/domain/glob'
import type { TenantScope } from '@secumon/projections/tenant-scope'
import type { ApiDeps } from '../deps.ts'
import type { PreviewedAgent } from './preview-rule.ts'
import type { Span } from './spans.ts'

const POINTS = 500

type Charted = {
  readonly reads: Pick<ApiDeps['reads'], 'series'>
  readonly scope: TenantScope
  readonly agent: PreviewedAgent
}

type Charting = {
  readonly key: MetricKey | undefined
  readonly dimension: string
  readonly from: number
  readonly to: number
}

type Line = { readonly dimension: string | null; readonly values: (number | null)[] }

/** The metric over the span, by the names that the rule means; nothing where it has no metric. */
export async function chartOf(
  { reads, scope, agent }: Charted,
  { key, dimension, from, to }: Charting,
): Promise<{ readonly step: number; readonly times: number[]; readonly series: Line[] }> {
  const stepMs = Math.max(1_000, agent.periodMs, Math.ceil((to - from) / POINTS))
  if (!key) return { step: stepMs, times: [], series: [] }
  const asked = { keys: [key], fromMs: from, toMs: to, stepMs }
  const { step, times, series } = await reads.series(scope, agent.id, asked)
  const isMeant = globMatcher(dimension) ?? (() => true)
  const lines = series.map(({ name, values }) => ({ dimension: name, values }))
  return { step, times, series: lines.filter((line) => line.dimension === null || isMeant(line.dimension)) }
}

type ShownSpan = {
  readonly dimension: string
  readonly state: Span['state']
  readonly from: number
  readonly to: number | null
  readonly value: number | null
}

/** What of a span lies after the beginning. */
export const clipped = ({ dimension, state, fromMs, toMs, value }: Span, from: number): ShownSpan[] =>
  toMs !== undefined && toMs <= from
    ? []
    : [{ dimension, state, from: Math.max(from, fromMs), to: toMs ?? null, value: value ?? null }]

/** Charts show the most important names only; what would have fired is always shown. */
export function withSpans(lines: readonly Line[], spans: readonly ShownSpan[]) {
  const known = new Set(lines.map(({ dimension }) => dimension ?? ''))
  const unseen = [...new Set(spans.map(({ dimension }) => dimension))].filter((name) => !known.has(name))
  const added = unseen.map((name): Line => ({ dimension: name || null, values: [] }))
  return [...lines, ...added].map(({ dimension, values }) => ({
    dimension,
    values,
    spans: spans
      .filter((span) => span.dimension === (dimension ?? ''))
      .map(({ state, from, to, value }) => ({ state, from, to, value })),
  }))
}
