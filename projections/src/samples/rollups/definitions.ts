// What is rolled up into what. Tables, statements, continuous aggregates, retention and the planner of series read this
// list; a new rollup is one entry.

import { CUSTOM_COLUMNS } from '@secumon/contracts/custom-metrics'
import { METRICS, type Metric, type MetricTable } from '@secumon/contracts/metrics'

export type RollupName =
  | 'metrics_5min'
  | 'metrics_1hour'
  | 'disk_metrics_1hour'
  | 'network_metrics_1hour'
  | 'check_metrics_1hour'
  | 'custom_metrics_1hour'

export type Rollup = {
  readonly name: RollupName
  /** Whose metrics it holds. */
  readonly table: MetricTable
  /** What it is made of: the table itself, or a finer rollup of it. */
  readonly source: MetricTable | RollupName
  /** Width of a bucket, ms; buckets begin at its multiples since 1970 UTC. */
  readonly resolutionMs: number
  readonly keptDays: number
  /** Beside tenant and agent, what tells its series apart; null where a row has none. */
  readonly names: readonly string[]
}

const MINUTE_MS = 60_000

/** Finer ones come before those that are made of them. */
// prettier-ignore
export const ROLLUPS: readonly Rollup[] = [
  { name: 'metrics_5min', table: 'metrics', source: 'metrics', resolutionMs: 5 * MINUTE_MS, keptDays: 90, names: [] },
  { name: 'metrics_1hour', table: 'metrics', source: 'metrics_5min', resolutionMs: 60 * MINUTE_MS, keptDays: 365, names: [] },
  { name: 'disk_metrics_1hour', table: 'disk_metrics', source: 'disk_metrics', resolutionMs: 60 * MINUTE_MS, keptDays: 365, names: ['mount', 'device'] },
  { name: 'network_metrics_1hour', table: 'network_metrics', source: 'network_metrics', resolutionMs: 60 * MINUTE_MS, keptDays: 365, names: ['interface'] },
  { name: 'check_metrics_1hour', table: 'check_metrics', source: 'check_metrics', resolutionMs: 60 * MINUTE_MS, keptDays: 365, names: ['check_id'] },
  { name: 'custom_metrics_1hour', table: 'custom_metrics', source: 'custom_metrics', resolutionMs: 60 * MINUTE_MS, keptDays: 365, names: ['metric', 'labels'] },
]

/**
 * Of tables with many rows for each agent and tick, what a question names beside the agent. It is in an index, so that
 * it is bounded in length.
 */
export const ASKED_BY: Partial<Record<MetricTable, string>> = {
  check_metrics: 'check_id',
  custom_metrics: 'metric',
}

/** Those of a table, the finest first. */
export const rollupsOf = (table: MetricTable): readonly Rollup[] =>
  ROLLUPS.filter((rollup) => rollup.table === table)

/** Arrays of a host's row are not rolled up: cores and sensors are read as measured. */
export const isRolledUp = ({ table, dimension }: Pick<Metric, 'table' | 'dimension'>): boolean =>
  rollupsOf(table).length > 0 && dimension !== 'core' && dimension !== 'sensor'

/** A column of values as measured. */
export type Measured = Pick<Metric, 'table' | 'column' | 'kind'>

// Every custom metric has its values in the same two.
const OF_CUSTOM: readonly Measured[] = (['gauge', 'delta'] as const).map((kind) => ({
  table: 'custom_metrics',
  column: CUSTOM_COLUMNS[kind],
  kind,
}))

/** What a rollup has columns for, in the order of the catalogue. */
export const metricsOf = ({ table }: Pick<Rollup, 'table'>): readonly Measured[] =>
  table === 'custom_metrics'
    ? OF_CUSTOM
    : METRICS.filter((metric: Metric) => metric.table === table && isRolledUp(metric))

/** Of a gauge: mean (double precision), lowest and highest (as the column itself) and number of values that were there. */
export type GaugeColumns = {
  readonly avg: string
  readonly min: string
  readonly max: string
  readonly count: string
}

/**
 * Of a delta: its sum (bigint, or as the column where that is a double), the time of the rows that had a value (ms, bigint), the lowest and highest rate of a row
 * (per second, double precision) and the number of values that were there. The mean rate is sum × 1000 ÷ ms.
 */
export type DeltaColumns = {
  readonly sum: string
  readonly ms: string
  readonly min: string
  readonly max: string
  readonly count: string
}

export const gaugeColumns = (column: string): GaugeColumns => ({
  avg: `${column}_avg`,
  min: `${column}_min`,
  max: `${column}_max`,
  count: `${column}_count`,
})

export const deltaColumns = (column: string): DeltaColumns => ({
  sum: `${column}_sum`,
  ms: `${column}_ms`,
  min: `${column}_min`,
  max: `${column}_max`,
  count: `${column}_count`,
})

/**
 * Columns that every row of a rollup has: start of its bucket, whose it is, how many rows it is made of, and the longest
 * time that one of them stands for. Names and metrics follow.
 */
export const ROLLUP_STAMP = ['time', 'agent_id', 'tenant_id', 'rows', 'interval_ms'] as const
