// One statement answers all metrics of one table and dimension: the database makes the buckets.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { Dimension, Metric, MetricTable } from '@secumon/contracts/metrics'
import { sql, type RawBuilder } from 'kysely'
import type { TenantScope } from '../tenant-scope.ts'
import type { LiveGeneration } from '../live-generation.ts'
import { heldRows } from './held-rows.ts'
import type { Aggregation } from './series.ts'

/** Series of a dimension that one answer holds at most; of processes, which come and go, the top ones. */
export const MAX_NAMES = 200
export const TOP_PROCESSES = 10
/** Values in the answer of one statement at most: where the buckets are many, the names are fewer. */
export const MAX_VALUES = 1_000_000

/** Metrics that share a table and a dimension, and how to aggregate each. */
export type MetricGroup = {
  readonly table: MetricTable
  readonly dimension: Dimension | undefined
  readonly metrics: readonly (Metric & { readonly aggregation: Aggregation })[]
}

export type GroupQuery = {
  readonly live: LiveGeneration
  readonly relation: string
  readonly scope: TenantScope
  readonly agent: string
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
  /** One value of the dimension; absent: all. */
  readonly name?: string
}

/** Per metric `i`: `v<i>` the value, `lo<i>` and `hi<i>` the band of an average. */
export type BucketRow = {
  readonly bucket_ms: number
  readonly name: string | null
  readonly rows: number
  /** Time of the bucket's first row, and the longest time that one of its rows stands for. */
  readonly first_ms: number
  readonly interval_ms: number
  readonly [value: string]: number | string | null
}

type NamedRows = {
  /** What of the table is a row of this dimension, with its `name`. */
  readonly name: RawBuilder<unknown>
  readonly from?: RawBuilder<unknown>
  readonly where?: RawBuilder<unknown>
}

// Cores and sensors are arrays in a host's row; the others have rows of their own.
const NAMED: Record<Dimension, NamedRows> = {
  core: {
    name: sql`(e.i - 1)::text`,
    from: sql`cross join lateral unnest(r.cpu_core_busy_percent) with ordinality as e (value, i)`,
  },
  sensor: {
    name: sql`e.sensor`,
    from: sql`cross join lateral unnest(r.temperature_sensor, r.temperature_celsius) as e (sensor, value)`,
  },
  mount: { name: sql`r.mount`, where: sql`r.mount is not null` },
  device: { name: sql`r.device`, where: sql`r.mount is null` },
  interface: { name: sql`r.interface` },
  process: { name: sql`r.name || ' (' || r.pid || ')'` },
}

const HOST: NamedRows = { name: sql`null::text` }

/** The statement for one group. */
export function seriesStatement(group: MetricGroup, query: GroupQuery): RawBuilder<BucketRow> {
  const named = group.dimension ? NAMED[group.dimension] : HOST
  const values = group.metrics.map((metric, i) => valueColumns(metric, i))
  const step = sql`make_interval(secs => ${query.stepMs / 1000}::float8)`
  const buckets = sql`
    select (extract(epoch from date_bin(${step}, r.time, 'epoch')) * 1000)::float8 as bucket_ms,
      ${named.name} as name, count(*)::int as rows,
      (extract(epoch from min(r.time)) * 1000)::float8 as first_ms, max(r.interval_ms) as interval_ms, ${sql.join(values)}
    from ${heldRows(query.live, query)} as r ${named.from ?? sql``}
    where r.tenant_id = ${query.scope.tenant} and r.agent_id = ${ulidToUuid(query.agent)}::uuid
      and r.time >= ${new Date(query.fromMs)} and r.time < ${new Date(query.toMs)}
      and ${named.where ?? sql`true`}
      and ${query.name === undefined ? sql`true` : sql`${named.name} = ${query.name}`}
    group by 1, 2`
  if (group.dimension === undefined) return sql<BucketRow>`${buckets} order by 1`
  const most = group.dimension === 'process' ? TOP_PROCESSES : namesThatFit(group, query)
  return sql<BucketRow>`with buckets as (${buckets}),
    chosen as (select name from buckets group by name order by ${weight(group)} desc nulls last, name limit ${most})
    select * from buckets join chosen using (name) order by name, bucket_ms`
}

export type SamplesQuery = Pick<GroupQuery, 'live' | 'scope' | 'agent' | 'fromMs' | 'toMs'> & {
  readonly limit: number
}

/** One sample of a metric as it is stored. */
export type StoredSample = {
  readonly at_ms: number
  readonly interval_ms: number
  readonly name: string | null
  readonly value: number | null
}

/** The samples of one metric, the newest first. */
export function samplesStatement(metric: Metric, query: SamplesQuery): RawBuilder<StoredSample> {
  const named = metric.dimension ? NAMED[metric.dimension] : HOST
  return sql<StoredSample>`select (extract(epoch from r.time) * 1000)::float8 as at_ms, r.interval_ms,
      ${named.name} as name, ${valueColumn(metric)}::float8 as value
    from ${heldRows(query.live, { ...query, relation: metric.table })} as r ${named.from ?? sql``}
    where r.tenant_id = ${query.scope.tenant} and r.agent_id = ${ulidToUuid(query.agent)}::uuid
      and r.time >= ${new Date(query.fromMs)} and r.time < ${new Date(query.toMs)} and ${named.where ?? sql`true`}
    order by r.time desc limit ${query.limit}`
}

/** Each name has a value and at most a band of two for every bucket and metric. */
export function namesThatFit(
  { metrics }: Pick<MetricGroup, 'metrics'>,
  { fromMs, toMs, stepMs }: Pick<GroupQuery, 'fromMs' | 'toMs' | 'stepMs'>,
): number {
  const perName = Math.ceil((toMs - fromMs) / stepMs) * metrics.length * 3
  return Math.max(1, Math.min(MAX_NAMES, Math.floor(MAX_VALUES / perName)))
}

// Processes are ranked by what was asked of them first; other dimensions are all wanted, up to a bound.
const weight = (group: MetricGroup): RawBuilder<unknown> =>
  group.dimension === 'process' ? sql`sum(v0)` : sql`count(*)`

type Aggregated = MetricGroup['metrics'][number]

function valueColumns(metric: Aggregated, i: number): RawBuilder<unknown> {
  const { aggregation, kind } = metric
  const value = valueColumn(metric)
  const [name, low, high] = [sql.ref(`v${i}`), sql.ref(`lo${i}`), sql.ref(`hi${i}`)]
  const rate = sql`(sum(${value})::float8 * 1000 / nullif(sum(r.interval_ms) filter (where ${value} is not null), 0))`
  switch (aggregation) {
    case 'rate':
      return kind === 'delta' ? sql`${rate} as ${name}` : sql`avg(${value})::float8 as ${name}`
    case 'sum':
      return sql`sum(${value})::float8 as ${name}`
    case 'max':
      return sql`max(${extreme(value, kind)})::float8 as ${name}`
    case 'min':
      return sql`min(${extreme(value, kind)})::float8 as ${name}`
    case 'last':
      return sql`(array_agg(${extreme(value, kind)} order by r.time desc) filter (where ${value} is not null))[1]::float8
        as ${name}`
    case 'avg':
      return kind === 'delta'
        ? sql`${rate} as ${name}, min(${extreme(value, kind)})::float8 as ${low}, max(${extreme(value, kind)})::float8 as ${high}`
        : sql`avg(${value})::float8 as ${name}, min(${value})::float8 as ${low}, max(${value})::float8 as ${high}`
  }
}

const valueColumn = ({ column, dimension }: Pick<Metric, 'column' | 'dimension'>): RawBuilder<unknown> =>
  dimension === 'core' || dimension === 'sensor' ? sql`e.value` : sql`r.${sql.ref(column)}`

// The lowest and highest of a delta are rates: intervals differ, so that the amounts cannot be compared.
const extreme = (value: RawBuilder<unknown>, kind: Metric['kind']): RawBuilder<unknown> =>
  kind === 'delta' ? sql`(${value}::float8 * 1000 / nullif(r.interval_ms, 0))` : value
