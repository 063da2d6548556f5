// One value of a metric rule: taken into its window, aggregated, compared, and given to the machine where it matters.

import { create } from '@bufbuild/protobuf'
import { SampleValueSchema, type SampleValue } from '@secumon/contracts/gen/alert'
import { Aggregation } from '@secumon/contracts/gen/rule'
import { PROCESS_PERIOD_MS } from '@secumon/contracts/sampling'
import { LATE_PERIODS } from '../agent-status.ts'
import type { CompiledRule, MetricRule } from './compiled-rule.ts'
import { evaluate } from './machine.ts'
import type { Moment } from './moment.ts'
import { keepsSeries } from './plan.ts'
import { newSeries, type Series } from './series.ts'
import { Slices, type Slice } from './slices.ts'
import { addSample, points, widened, windowValue } from './sliding-window.ts'
import type { Desk } from './turn.ts'
import type { Watched } from './watched.ts'

/** Newest samples that an alert shows. */
const MAX_EVIDENCE_SAMPLES = 30

export type RuleOfMetric = CompiledRule & { readonly judge: MetricRule }

/** One observation of one agent. */
export type Judging = {
  readonly agent: Watched
  readonly moment: Moment
  readonly intervalMs: number
  readonly desk: Desk
}

/** One value of it; `series` is what is remembered. */
export type Value = { readonly raw: number; readonly dimension: string; readonly series: Series | undefined }

/** The time between two samples of a metric. */
export const cadenceMs = ({ metric }: MetricRule, { periodMs }: Watched): number =>
  metric.dimension === 'process' ? Math.max(PROCESS_PERIOD_MS, periodMs) : periodMs

/** True when the value of a series that nothing is remembered of is nothing to remember either. */
export function isQuiet(rule: RuleOfMetric, raw: number, intervalMs: number): boolean {
  if (keepsSeries(rule)) return false
  const value = valueOf(rule.judge, raw, intervalMs)
  return value === undefined || !rule.judge.limit.compare(value, rule.judge.limit.threshold)
}

/** Returns what has to be remembered of the series; undefined when nothing. */
export function judgeValue(rule: RuleOfMetric, value: Value, judging: Judging): Series | undefined {
  const series = value.series ?? newSeries(judging.moment.receivedAtMs)
  series.heardMs = judging.moment.receivedAtMs
  const measured = measure(rule.judge, { series, raw: value.raw }, judging)
  if (measured !== undefined && Number.isFinite(measured))
    judge(rule, { series, dimension: value.dimension, measured }, judging)
  return series.active || keepsSeries(rule) ? series : undefined
}

type Raw = { readonly series: Series; readonly raw: number }

function measure(
  judge: MetricRule,
  { series, raw }: Raw,
  { agent, moment, intervalMs }: Judging,
): number | undefined {
  const value = valueOf(judge, raw, intervalMs)
  if (judge.windowMs === 0 || value === undefined || !Number.isFinite(value)) return value
  const window = (series.window ??= new Slices())
  const periodMs = cadenceMs(judge, agent)
  const shape = widened(judge, periodMs)
  addSample(window, shape, sliceOf(judge, { atMs: moment.atMs, value, intervalMs }))
  return windowValue(window, shape, periodMs)
}

// A delta's amount says nothing without its time: the first after a start has none.
function valueOf({ metric }: MetricRule, raw: number, intervalMs: number): number | undefined {
  if (metric.kind === 'gauge') return raw
  return intervalMs > 0 ? (raw * 1000) / intervalMs : undefined
}

// The average of rates is the sum of the amounts by the sum of the times: each rate weighs as much as its interval.
function sliceOf(
  { metric, aggregation }: MetricRule,
  { atMs, value, intervalMs }: { readonly atMs: number; readonly value: number; readonly intervalMs: number },
): Slice {
  if (metric.kind === 'gauge' || aggregation !== Aggregation.AVG) return { atMs, value, weight: 1 }
  return { atMs, value: value * intervalMs, weight: intervalMs }
}

type Measured = { readonly series: Series; readonly dimension: string; readonly measured: number }

function judge(rule: RuleOfMetric, { series, dimension, measured }: Measured, judging: Judging): void {
  const { agent, moment, desk } = judging
  const { compare, threshold, recovery } = rule.judge.limit
  const { active } = series
  const holds = compare(measured, active?.phase === 'firing' ? recovery : threshold)
  if (!active && !holds) return
  const samples = samplesOf(rule.judge, series, { atMs: moment.atMs, value: measured })
  const turn = { rule, agent, dimension, moment, value: measured, samples }
  const verdict = { holds, breakMs: LATE_PERIODS * cadenceMs(rule.judge, agent), counts: true }
  series.active = evaluate(active, turn, { verdict, desk })
}

// Made where an alert is told something: most evaluations tell nothing.
const samplesOf =
  (judge: MetricRule, { window }: Series, single: { readonly atMs: number; readonly value: number }) =>
  (): SampleValue[] =>
    (window ? points(window, judge) : [single])
      .slice(-MAX_EVIDENCE_SAMPLES)
      .map(({ atMs, value }) => create(SampleValueSchema, { atMs: BigInt(Math.round(atMs)), value }))
