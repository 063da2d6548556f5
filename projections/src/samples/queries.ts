// Reads of the samples: always within one tenant, driven by the metric catalogue.

import { ulidToUuid } from '@secumon/contracts/ids'
import { metricOf, type Metric, type MetricKey, type MetricTable } from '@secumon/contracts/metrics'
import { sql, type Kysely } from 'kysely'
import { readLive, type LiveGeneration } from '../live-generation.ts'
import { heldRows } from './held-rows.ts'
import type { TenantScope } from '../tenant-scope.ts'
import { relationFor } from './relations.ts'
import { seriesStatement, type BucketRow, type MetricGroup } from './series-sql.ts'
import {
  bucketsOf,
  indexIn,
  reachesBack,
  timesOf,
  type Aggregation,
  type Buckets,
  type Series,
  type SeriesSet,
  type Values,
} from './series.ts'

export type { Aggregation, Series, SeriesSet } from './series.ts'

export type SeriesRequest = {
  /** ULID. */
  readonly agent: string
  readonly keys: readonly MetricKey[]
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  /** Width of a bucket; buckets begin at its multiples. */
  readonly stepMs: number
  /** Absent: `avg` for gauges, `rate` for deltas. */
  readonly aggregation?: Aggregation
  /** One value of the dimension; absent: all. */
  readonly dimension?: string
}

/** Values in one answer at most: keys × names × buckets is bounded by the caller's bounds and the names'. */
export async function querySeries<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  request: SeriesRequest,
): Promise<SeriesSet> {
  return readLive(db, 'samples', (live) => seriesOfLive(db, scope, { request, live }))
}

type LiveRequest = { readonly request: SeriesRequest; readonly live: LiveGeneration }

async function seriesOfLive<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { request, live }: LiveRequest,
): Promise<SeriesSet> {
  const buckets = bucketsOf(request)
  const groups = groupsOf(request)
  const answers = await Promise.all(
    groups.map(async (group) => {
      const relation = relationFor(group.table, request.stepMs).name
      const { dimension, ...asked } = request
      const query = {
        ...asked,
        fromMs: buckets.firstMs,
        live,
        relation,
        scope,
        ...(dimension !== undefined && { name: dimension }),
      }
      const { rows } = await seriesStatement(group, query).execute(db)
      return { relation, series: seriesOf(group, rows, buckets) }
    }),
  )
  const order = new Map(request.keys.map((key, i) => [key, i]))
  return {
    from: request.fromMs,
    to: request.toMs,
    step: request.stepMs,
    source: [...new Set(answers.map(({ relation }) => relation))].join(','),
    times: timesOf(buckets),
    series: answers
      .flatMap(({ series }) => series)
      .toSorted((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0)),
  }
}

function groupsOf({ keys, aggregation }: SeriesRequest): MetricGroup[] {
  const metrics = keys.flatMap((key) => {
    const metric: Metric | undefined = metricOf(key)
    return metric
      ? [{ ...metric, aggregation: aggregation ?? (metric.kind === 'delta' ? 'rate' : 'avg') } as const]
      : []
  })
  const groups = Map.groupBy(metrics, ({ table, dimension }) => `${table}/${dimension}`)
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    return first ? [{ table: first.table, dimension: first.dimension, metrics: members }] : []
  })
}

function seriesOf(group: MetricGroup, rows: readonly BucketRow[], buckets: Buckets): Series[] {
  const byName = Map.groupBy(rows, ({ name }) => name)
  const names = group.dimension === undefined ? [null] : [...byName.keys()]
  const several = rows.some((row) => row.rows > 1)
  return group.metrics.flatMap((metric, i) =>
    names.map((name) => {
      const held = byName.get(name) ?? []
      const column = (prefix: string): Values => valuesOf(held, `${prefix}${i}`, buckets)
      const band = metric.aggregation === 'avg' && several ? { min: column('lo'), max: column('hi') } : {}
      return {
        key: metric.key as MetricKey,
        unit: metric.unit,
        aggregation: metric.aggregation,
        name,
        values: column('v'),
        ...band,
      }
    }),
  )
}

function valuesOf(rows: readonly BucketRow[], column: string, buckets: Buckets): Values {
  const values: Values = Array.from({ length: buckets.count }, () => null)
  for (const row of rows) {
    const index = indexIn(buckets, row.bucket_ms)
    const value = row[column]
    if (index === undefined || typeof value !== 'number') continue
    values[index] = significant(value)
    const held = { bucketMs: row.bucket_ms, firstMs: row.first_ms, intervalMs: row.interval_ms }
    if (index > 0 && values[index - 1] === null && reachesBack(held, buckets.stepMs))
      values[index - 1] = significant(value)
  }
  return values
}

// A mean comes with digits that nobody measured.
const significant = (value: number): number =>
  Math.abs(value) >= 1e6 ? Math.round(value) : Number(value.toPrecision(7))

/** A row of a sample table: columns by name, the time in epoch milliseconds. */
export type SampleRow = Readonly<
  Record<string, number | string | boolean | readonly (number | string)[] | null>
>

export type LatestRows = {
  readonly metrics: SampleRow | undefined
  /** File systems have a `mount`, block devices have none. */
  readonly disks: readonly SampleRow[]
  readonly networks: readonly SampleRow[]
  readonly processes: readonly SampleRow[]
}

/** The newest rows of an agent, each table's of its own last tick: warms the latest values after a start. */
export async function latestRows<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  agent: string,
): Promise<LatestRows> {
  return readLive(db, 'samples', (live) => latestOfLive(db, scope, { live, agent }))
}

async function latestOfLive<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { live, agent }: { readonly live: LiveGeneration; readonly agent: string },
): Promise<LatestRows> {
  const newest = (table: MetricTable) => newestRows(db, scope, { live, table, agent })
  const [metrics, disks, networks, processes] = await Promise.all([
    newest('metrics'),
    newest('disk_metrics'),
    newest('network_metrics'),
    newest('process_metrics'),
  ])
  return { metrics: metrics[0], disks, networks, processes }
}

type Newest = { readonly live: LiveGeneration; readonly table: MetricTable; readonly agent: string }

async function newestRows<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { live, table, agent }: Newest,
): Promise<readonly SampleRow[]> {
  const from = heldRows(live, { relation: table, agent })
  const whose = sql`r.tenant_id = ${scope.tenant} and r.agent_id = ${ulidToUuid(agent)}::uuid`
  const { rows } = await sql<SampleRow>`select r.* from ${from} as r
    where ${whose} and r.time = (select r.time from ${from} as r where ${whose} order by r.time desc limit 1)`.execute(
    db,
  )
  return rows
}
