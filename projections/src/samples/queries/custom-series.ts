// What custom metrics an agent has, and how many series a tenant: read from the register of the live generation.

import {
  customNameOf,
  CUSTOM_SERIES_COUNTED_DAYS,
  MAX_CUSTOM_SERIES,
} from '@secumon/contracts/custom-metrics'
import { ulidToUuid } from '@secumon/contracts/ids'
import type { MetricKind } from '@secumon/contracts/metrics'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { isTableGone, readLive, type LiveGeneration } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'

export type CustomSeries = {
  readonly metric: string
  /** As published: `name="value"` pairs; empty where there are none. */
  readonly labels: string
  /** True when its values are what a counter gained. */
  readonly counter: boolean
  /** Midnight (UTC, ms) of the days on which something of it arrived first and last. */
  readonly firstSeen: number
  readonly lastSeen: number
}

export type CustomSeriesRequest = {
  /** ULID. */
  readonly agent: string
  /** Part of the metric's name, in any case; absent: all. */
  readonly search?: string
  /** Where the page before ended, not included; absent: the first page. */
  readonly after?: CustomSeriesCursor
  readonly limit: number
}

export type CustomSeriesCursor = Pick<CustomSeries, 'metric' | 'labels'>

export type CustomSeriesPage = {
  /** By name of the metric, then by labels. */
  readonly series: readonly CustomSeries[]
  /** Where the next page begins; undefined: this is the last. */
  readonly next: CustomSeriesCursor | undefined
}

/** The custom metrics of an agent; nothing of one that is not the tenant's. */
export async function customSeriesOf<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  request: CustomSeriesRequest,
): Promise<CustomSeriesPage> {
  const { limit } = request
  const { rows } = await readRegister(db, (live) =>
    customSeriesStatement(live, scope, { ...request, limit: limit + 1 }).execute(db),
  )
  const series = rows.slice(0, limit)
  const last = series.at(-1)
  return { series, next: rows.length > limit && last ? last : undefined }
}

/** The statement for a page. */
export function customSeriesStatement(
  { schema }: Pick<LiveGeneration, 'schema'>,
  { tenant }: TenantScope,
  { agent, search, after, limit }: CustomSeriesRequest,
): RawBuilder<CustomSeries> {
  const conditions = [
    sql`r.tenant_id = ${tenant}`,
    sql`r.agent_id = ${ulidToUuid(agent)}::uuid`,
    ...(search === undefined ? [] : [sql`strpos(lower(r.metric), lower(${search})) > 0`]),
    // As the key orders them, whatever language the database sorts names in.
    ...(after ? [sql`(r.metric, r.labels) > (${after.metric}, ${after.labels})`] : []),
  ]
  return sql<CustomSeries>`select r.metric, r.labels, r.counter,
      ${midnight('first_seen')} as "firstSeen", ${midnight('last_seen')} as "lastSeen"
    from ${sql.table(`${schema}.custom_series`)} as r
    where ${sql.join(conditions, sql` and `)}
    order by r.metric, r.labels limit ${limit}`
}

const midnight = (column: string): RawBuilder<number> =>
  sql<number>`((r.${sql.ref(column)} - date 'epoch')::float8 * 86400000)`

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
  return new Map(rows.map(({ metric, counter }) => [metric, counter ? 'delta' : 'gauge']))
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
