// One value of a metric rule: taken into its window, aggregated, compared, and given to the machine where it matters.

import { create } from '@bufbuild/protobuf'
import { SampleValueSchema, type SampleValue } from '@secumon/contracts/gen/alert'
import { LATE_PERIODS } from '../agent-status.ts'
import type { CompiledRule, MetricRule } from './compiled-rule.ts'
import { evaluate } from './machine.ts'
import type { Moment } from './moment.ts'
import { keepsSeries } from './plan.ts'
import { newSeries, type Series } from './series.ts'
import { SlidingWindow, type WindowPoint, type WindowSample } from './sliding-window.ts'
import type { Desk } from './turn.ts'
import type { Watched } from './watched.ts'

/** Processes are measured this often whatever the agent's period is. */
const PROCESS_PERIOD_MS = 60_000
/** Newest samples that an alert shows. */
const MAX_EVIDENCE_SAMPLES = 30
/** A window is judged when its samples cover this share of it; a line needs so many of them as well. */
const COVERED_SHARE = 0.5
const MIN_LINE_POINTS = 5

export type RuleOfMetric = CompiledRule & { readonly judge: MetricRule }

/** One observation of one agent. */
export type Judging = {
  readonly agent: Watched
  readonly moment: Moment
  readonly intervalMs: number
  readonly desk: Desk
  /** Nothing is resolved now. */
  readonly warming: boolean
}

/** Whether the value alone, of a series that nothing is remembered of, is nothing to remember. */
export function isQuiet(rule: RuleOfMetric, raw: number, intervalMs: number): boolean {
  if (keepsSeries(rule)) return false
  const value = valueOf(rule.judge, raw, intervalMs)
  return value === undefined || !rule.judge.limit.compare(value, rule.judge.limit.threshold)
}

/** Returns what has to be remembered of the series; undefined when nothing. */
export function judgeSample(
  rule: RuleOfMetric,
  { raw, dimension, series = newSeries(0) }: { raw: number; dimension: string; series?: Series | undefined },
  judging: Judging,
): Series | undefined {
  const { judge } = rule
  const { moment, agent, intervalMs, desk, warming } = judging
  series.heardMs = moment.receivedAtMs
  const sample = { atMs: moment.atMs, value: raw, intervalMs }
  const value =
    judge.windowMs > 0
      ? windowValue(rule, series, { sample, periodMs: cadenceMs(judge, agent) })
      : valueOf(judge, raw, intervalMs)
  if (value !== undefined && Number.isFinite(value)) {
    const { compare, threshold, recovery } = judge.limit
    const { active } = series
    const holds = compare(value, active?.phase === 'firing' ? recovery : threshold)
    if (active && !holds && warming) active.sinceMs = moment.atMs
    else if (active || holds) {
      const verdict = { holds, breakMs: LATE_PERIODS * cadenceMs(judge, agent), counts: true }
      const turn = {
        rule,
        agent,
        dimension,
        moment,
        value,
        samples: evidenceSamples(judge, series, { atMs: moment.atMs, value }),
      }
      series.active = evaluate(active, turn, { verdict, desk })
    }
  }
  return series.active || keepsSeries(rule) ? series : undefined
}

/** The time between two samples of a metric. */
export const cadenceMs = ({ metric }: MetricRule, { periodMs }: Watched): number =>
  metric.dimension === 'process' ? Math.max(PROCESS_PERIOD_MS, periodMs) : periodMs

// A delta's amount says nothing without its time: the first after a start has none.
function valueOf({ metric }: MetricRule, raw: number, intervalMs: number): number | undefined {
  if (metric.kind === 'gauge') return raw
  return intervalMs > 0 ? (raw * 1000) / intervalMs : undefined
}

type Arrived = { readonly sample: WindowSample; readonly periodMs: number }

function windowValue(
  { judge }: RuleOfMetric,
  series: Series,
  { sample, periodMs }: Arrived,
): number | undefined {
  const isDelta = judge.metric.kind === 'delta'
  if (!Number.isFinite(sample.value) || (isDelta && sample.intervalMs <= 0)) return undefined
  const window = (series.window ??= new SlidingWindow())
  const shape = { windowMs: judge.windowMs, aggregation: judge.aggregation, isDelta }
  window.add(shape, sample)
  if (window.newestMs - window.oldestMs + periodMs < judge.windowMs * COVERED_SHARE) return undefined
  if (judge.aggregation !== 'forecast') return window.aggregate(shape)
  if (window.size < MIN_LINE_POINTS) return undefined
  return window.forecast(judge.horizonMs)
}

function evidenceSamples(
  { aggregation, metric }: MetricRule,
  { window }: Series,
  single: WindowPoint,
): SampleValue[] {
  const points = window ? window.points(aggregation, metric.kind === 'delta') : [single]
  return points
    .slice(-MAX_EVIDENCE_SAMPLES)
    .map(({ atMs, value }) => create(SampleValueSchema, { atMs: BigInt(Math.round(atMs)), value }))
}
