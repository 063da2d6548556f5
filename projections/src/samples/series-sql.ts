// One statement answers all metrics of one table and dimension: the database unites the relations that the plan names, and
// makes the buckets. Beside it lie the statements as the database gets them: sql/*.sql.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { Dimension, MetricTable } from '@secumon/contracts/metrics'
import { sql, type RawBuilder } from 'kysely'
import type { LiveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import type { TenantScope } from '../tenant-scope.ts'
import { rowsOf } from './dimension-rows.ts'
import { heldRows } from './held-rows.ts'
import { combined, partsOfRow, type Aggregated } from './partial-aggregates.ts'
import type { Segment, SeriesPlan } from './plan.ts'

/** Series of a dimension that one answer holds at most; of processes, which come and go, the top ones. */
export const MAX_NAMES = 200
export const TOP_PROCESSES = 10
/** Values in the answer of one statement at most: where the buckets are many, the names are fewer. */
export const MAX_VALUES = 1_000_000

/** Metrics whose values stand in the same rows, and how to aggregate each. */
export type MetricGroup = {
  readonly table: MetricTable
  readonly dimension: Dimension | undefined
  readonly metrics: readonly [Aggregated, ...Aggregated[]]
  /** Statements of one answer that share `MAX_VALUES`; absent: it has them for itself. */
  readonly sharedBy?: number
}

export type GroupQuery = {
  readonly live: LiveGeneration
  readonly scope: TenantScope
  readonly agent: string
  readonly plan: SeriesPlan
  /** Values of the dimension; absent: all, up to a bound that is kept after they have been read. */
  readonly names?: readonly string[]
}

/** Per metric `i`: `v<i>` the value, `lo<i>` and `hi<i>` the band of an average. */
export type BucketRow = {
  readonly bucket_ms: number
  readonly name: string | null
  readonly rows: number
  /** Time of the bucket's first row, and the longest time that a row as measured stands for. */
  readonly first_ms: number
  readonly interval_ms: number
  readonly [value: string]: number | string | null
}

/** The statement for one group. */
export function seriesStatement(group: MetricGroup, query: GroupQuery): RawBuilder<BucketRow> {
  const values = group.metrics.flatMap((metric, i) => combined(metric, i))
  const parts = query.plan.segments.flatMap((segment) => partsOf(segment, group, query))
  const buckets = sql`
    select date_part('epoch', p.bucket) * 1000 as bucket_ms, p.name,
      sum(p.rows)::int as rows, date_part('epoch', min(p.time)) * 1000 as first_ms,
      max(p.interval_ms) as interval_ms, ${sql.join(values)}
    from (${sql.join(parts, sql` union all `)}) as p
    group by p.bucket, p.name`
  if (group.dimension === undefined) return sql<BucketRow>`${buckets} order by 1`
  if (query.names !== undefined) return sql<BucketRow>`${buckets} order by 2, 1`
  const most = group.dimension === 'process' ? TOP_PROCESSES : namesThatFit(group, query.plan)
  return sql<BucketRow>`with buckets as (${buckets}),
    chosen as (select name from buckets group by name order by ${weight(group)} desc nulls last, name limit ${most})
    select * from buckets join chosen using (name) order by name, bucket_ms`
}

/** What rows of a segment know of each metric; rows that were sealed lie in a table of their own. */
function partsOf(segment: Segment, group: MetricGroup, query: GroupQuery): readonly RawBuilder<unknown>[] {
  const isRollup = segment.relation.resolutionMs > 0
  const { name, where, from = sql`` } = rowsOf(group.metrics[0])
  const step = sql`make_interval(secs => ${query.plan.stepMs / 1000}::float8)`
  const parts = group.metrics.flatMap((metric, i) => partsOfRow(metric, i, isRollup))
  const conditions = [
    sql`r.tenant_id = ${query.scope.tenant}`,
    sql`r.agent_id = ${ulidToUuid(query.agent)}::uuid`,
    sql`r.time >= ${new Date(segment.fromMs)}`,
    sql`r.time < ${new Date(segment.toMs)}`,
    ...(where ? [where] : []),
    ...(query.names === undefined ? [] : [sql`${name} = any(${query.names}::text[])`]),
  ]
  return sourcesOf(segment, group, query).map(
    (source) => sql`
    select date_bin(${step}, r.time, 'epoch') as bucket, r.time, r.interval_ms, ${isRollup ? sql`r.rows` : sql`1`} as rows, ${name} as name, ${sql.join(parts)}
    from ${source} as r ${from}
    where ${sql.join(conditions, sql` and `)}`,
  )
}

function sourcesOf({ relation, fromMs, toMs }: Segment, group: MetricGroup, query: GroupQuery) {
  const { live, agent } = query
  if (relation.resolutionMs > 0)
    return [live.schema, ...(relation.sealed ? [SEALED_SCHEMA] : [])].map((schema) =>
      sql.table(`${schema}.${relation.name}`),
    )
  const named = rowsOf(group.metrics[0]).columns
  const columns = [...new Set([...named, ...group.metrics.map(({ column }) => column)])]
  return [heldRows(live, { relation: relation.name, columns, fromMs, toMs, agent })]
}

/** Each name has a value and at most a band of two for every bucket and metric. */
export function namesThatFit(
  { metrics, sharedBy = 1 }: Pick<MetricGroup, 'sharedBy'> & { readonly metrics: readonly unknown[] },
  { segments, stepMs }: SeriesPlan,
): number {
  const rangeMs = (segments.at(-1)?.toMs ?? 0) - (segments[0]?.fromMs ?? 0)
  const perName = Math.max(1, Math.ceil(rangeMs / stepMs) * metrics.length * sharedBy * 3)
  return Math.max(1, Math.min(MAX_NAMES, Math.floor(MAX_VALUES / perName)))
}

// Processes are ranked by what was asked of them first; other dimensions are all wanted, up to a bound.
const weight = (group: MetricGroup): RawBuilder<unknown> =>
  group.dimension === 'process' ? sql`sum(v0)` : sql`count(*)`
