// What custom metrics an agent has, and how many series a tenant: read from the register of the live generation.

import {
  customNameOf,
  CUSTOM_SERIES_COUNTED_DAYS,
  MAX_CUSTOM_SERIES,
} from '@secumon/contracts/custom-metrics'
import { ulidToUuid } from '@secumon/contracts/ids'
import type { MetricKind } from '@secumon/contracts/metrics'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { isTableGone, readLive, type LiveGeneration } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'

export type CustomMetric = {
  readonly name: string
  /** Sets of labels. */
  readonly series: number
  /** Of the newest series, where they differ. */
  readonly kind: MetricKind
  /** Days (UTC, as `2026-11-22`) on which something of it arrived first and last. */
  readonly firstSeen: string
  readonly lastSeen: string
}

export type CustomMetricsRequest = {
  /** ULID. */
  readonly agent: string
  /** Part of the metric's name, in any case; absent: all. */
  readonly search?: string | undefined
  /** `next` of the page before; absent: the first page. */
  readonly after?: string | undefined
  readonly limit: number
}

export type CustomMetricsPage = {
  /** That match. */
  readonly total: number
  /** By name. */
  readonly metrics: readonly CustomMetric[]
  /** Null on the last page. */
  readonly next: string | null
}

/** The custom metrics of an agent; nothing of one that is not the tenant's. */
export async function customMetricsOf<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  request: CustomMetricsRequest,
): Promise<CustomMetricsPage> {
  const { rows } = await readRegister(db, (live) =>
    customMetricsStatement(live, scope, { ...request, limit: request.limit + 1 }).execute(db),
  )
  const metrics = rows.flatMap(({ name, series, counter, firstSeen, lastSeen }): CustomMetric[] =>
    name === null ? [] : [{ name, series, kind: kindOf(counter), firstSeen, lastSeen }],
  )
  const page = metrics.slice(0, request.limit)
  const next = metrics.length > page.length ? (page.at(-1)?.name ?? null) : null
  return { total: rows[0]?.total ?? 0, metrics: page, next }
}

type MetricRow = Omit<CustomMetric, 'name' | 'kind'> & {
  readonly total: number
  /** Null: the page is empty, and the row only tells the total. */
  readonly name: string | null
  readonly counter: boolean
}

/** The statement for a page. */
export function customMetricsStatement(
  { schema }: Pick<LiveGeneration, 'schema'>,
  { tenant }: TenantScope,
  { agent, search, after, limit }: CustomMetricsRequest,
): RawBuilder<MetricRow> {
  const named = search === undefined ? sql`` : sql`and strpos(lower(metric), lower(${search})) > 0`
  return sql<MetricRow>`with found as (
      select metric as name, count(*)::integer as series, (array_agg(counter order by last_seen desc, counter))[1] as counter,
        min(first_seen)::text as "firstSeen", max(last_seen)::text as "lastSeen"
      from ${sql.table(`${schema}.custom_series`)}
      where tenant_id = ${tenant} and agent_id = ${ulidToUuid(agent)}::uuid ${named}
      group by metric)
    select t.total, page.* from (select count(*)::integer as total from found) as t
    left join lateral (select * from found ${after === undefined ? sql`` : sql`where name > ${after}`}
      order by name limit ${limit}) as page on true
    order by page.name`
}

const kindOf = (counter: boolean): MetricKind => (counter ? 'delta' : 'gauge')

export type CustomUsage = {
  /** Of the tenant, that count against the limit now. */
  readonly series: number
  readonly limit: number
  /** Values that were not stored because their series would have been one too many. */
  readonly refusedValues: number
  /** When the last of them arrived, ms; null: there was none. */
  readonly refusedLast: number | null
}

/** How much of its limit a tenant uses. */
export async function customUsage<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
  nowMs: number,
): Promise<CustomUsage> {
  const { rows } = await readRegister(db, ({ schema }) =>
    sql<Omit<CustomUsage, 'limit'>>`select
        (select count(*)::integer from ${sql.table(`${schema}.custom_series`)} where tenant_id = ${tenant}
          and last_seen > (${new Date(nowMs)} at time zone 'UTC')::date - ${CUSTOM_SERIES_COUNTED_DAYS}::integer) as series,
        coalesce((select refused_values from ${sql.table(`${schema}.custom_refused`)} where tenant_id = ${tenant}), 0)::float8
          as "refusedValues",
        (select last_refused from ${sql.table(`${schema}.custom_refused`)} where tenant_id = ${tenant}) as "refusedLast"`.execute(
      db,
    ),
  )
  return { ...(rows[0] ?? { series: 0, refusedValues: 0, refusedLast: null }), limit: MAX_CUSTOM_SERIES }
}

type Kind = { readonly metric: string; readonly counter: boolean }

/** What the custom metrics among the keys are, by their name; the newest series tells where they differ. */
export async function customKinds<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
  { agent, keys }: { readonly agent: string; readonly keys: readonly string[] },
): Promise<ReadonlyMap<string, MetricKind>> {
  const names = keys.flatMap((key) => customNameOf(key) ?? [])
  if (names.length === 0) return new Map()
  const { rows } = await readRegister(db, ({ schema }) =>
    sql<Kind>`select distinct on (metric) metric, counter from ${sql.table(`${schema}.custom_series`)}
      where tenant_id = ${tenant} and agent_id = ${ulidToUuid(agent)}::uuid and metric = any(${names})
      order by metric, last_seen desc, counter`.execute(db),
  )
  return new Map(rows.map(({ metric, counter }) => [metric, kindOf(counter)]))
}

/** Sets of labels of one metric. */
export type CustomLabelsRequest = {
  readonly live: Pick<LiveGeneration, 'schema'>
  /** ULID. */
  readonly agent: string
  /** Of the metric. */
  readonly key: string
  /** What first came after that day is left out first. */
  readonly toMs: number
  readonly limit: number
}

/** The statement for them: those of which something came last. */
export const customLabelsStatement = (
  { tenant }: TenantScope,
  { live, agent, key, toMs, limit }: CustomLabelsRequest,
): RawBuilder<{ readonly labels: string }> =>
  sql`select labels from ${sql.table(`${live.schema}.custom_series`)}
    where tenant_id = ${tenant} and agent_id = ${ulidToUuid(agent)}::uuid and metric = ${customNameOf(key)}
    order by first_seen > date 'epoch' + ${Math.floor(toMs / DAY_MS)}::integer, last_seen desc, labels
    limit ${limit}`

/** The sets of labels of a metric that a question for all of them is about. */
export async function customLabels<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  request: CustomLabelsRequest,
): Promise<readonly string[]> {
  const { rows } = await customLabelsStatement(scope, request).execute(db)
  return rows.map(({ labels }) => labels)
}

// A live generation that older code made gets its register when the projector takes it up.
async function readRegister<Tables, Row>(
  db: Kysely<Tables>,
  read: (live: LiveGeneration) => Promise<{ readonly rows: readonly Row[] }>,
): Promise<{ readonly rows: readonly Row[] }> {
  try {
    return await readLive(db, 'samples', read)
  } catch (error) {
    if (!isTableGone(error)) throw error
    return { rows: [] }
  }
}
