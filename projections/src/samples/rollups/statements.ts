// The statements that make rows of a rollup. Which rows are read is the caller's choice: all of a time, or certain buckets
// of certain agents.

import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import { heldRows } from '../held-rows.ts'
import { isOfSamples, rollupColumns } from './columns.ts'
import type { Rollup } from './definitions.ts'

/** An agent's bucket: the uuid, and when it begins. */
export type AgentBuckets = { readonly agents: readonly string[]; readonly bucketsMs: readonly number[] }

/** The generation whose rollups are made. */
export type Place = {
  readonly projection: string
  /** Number of the generation. */
  readonly version: number
  readonly schema: string
  /** True when closed days of it are packed. */
  readonly packed: boolean
}

export type TimeRange = { readonly fromMs: number; readonly toMs: number }

/** Width of a bucket as an interval. */
export const widthOf = ({ resolutionMs }: Pick<Rollup, 'resolutionMs'>): RawBuilder<unknown> =>
  sql`interval ${sql.lit(`${resolutionMs / 1_000} seconds`)}`

/** Start of the bucket that a time lies in: what `time_bucket` says as well, for widths below a week. */
export const bucketOf = (
  rollup: Pick<Rollup, 'resolutionMs'>,
  time: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`date_bin(${widthOf(rollup)}, ${time}, timestamptz 'epoch')`

/** The names of a rollup's columns, in the order of `selectBuckets`. */
export const columnList = (rollup: Rollup): RawBuilder<unknown> =>
  sql.join(rollupColumns(rollup).map(({ name }) => sql.ref(name)))

/** `select … group by …` over rows named `r`, which `from` gives: a row for each bucket, agent, tenant and names. */
export function selectBuckets(
  rollup: Rollup,
  { bucket, from }: { readonly bucket: RawBuilder<unknown>; readonly from: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const values = rollupColumns(rollup).map(({ name, aggregate }) => {
    if (name === 'time') return sql`${bucket} as time`
    return aggregate === undefined ? sql`r.${sql.ref(name)}` : sql`${sql.raw(aggregate)} as ${sql.ref(name)}`
  })
  const groups = rollupColumns(rollup).flatMap(({ aggregate }, i) => (aggregate === undefined ? [i + 1] : []))
  return sql`select ${sql.join(values)} from ${from} group by ${sql.join(groups.map((i) => sql.lit(i)))}`
}

// Never those of schema `sealed`, which has rollups of its own.
const sourceRows = (place: Place, rollup: Rollup, range: TimeRange): RawBuilder<unknown> =>
  isOfSamples(rollup)
    ? heldRows({ ...place, sealed: false }, { relation: rollup.source, ...range })
    : sql.table(`${place.schema}.${rollup.source}`)

/** Whether there is anything to make a rollup of in a time. */
export async function rowsExist(
  db: QueryExecutorProvider,
  place: Place,
  { rollup, fromMs, toMs }: TimeRange & { readonly rollup: Rollup },
): Promise<boolean> {
  const { rows } = await sql`select from ${sourceRows(place, rollup, { fromMs, toMs })} as r
    where r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)} limit 1`.execute(db)
  return rows.length > 0
}

/** Makes all buckets there are. */
export const insertAll = (schema: string, rollup: Rollup): RawBuilder<unknown> => {
  const from = sql`${sql.table(`${schema}.${rollup.source}`)} as r`
  return insertInto(schema, rollup, selectBuckets(rollup, { bucket: bucketOf(rollup, sql`r.time`), from }))
}

/** Makes all buckets of a time, of these agents. */
export function insertRange(
  place: Place,
  rollup: Rollup,
  { agents, fromMs, toMs }: TimeRange & { readonly agents: readonly string[] },
): RawBuilder<unknown> {
  const from = sql`${sourceRows(place, rollup, { fromMs, toMs })} as r
    where r.agent_id = any(${agents}::uuid[]) and r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)}`
  return insertInto(
    place.schema,
    rollup,
    selectBuckets(rollup, { bucket: bucketOf(rollup, sql`r.time`), from }),
  )
}

/** Makes these buckets, all of which lie in the range. */
export function insertBuckets(
  place: Place,
  rollup: Rollup,
  { agents, bucketsMs, ...range }: AgentBuckets & TimeRange,
): RawBuilder<unknown> {
  const from = sql`${wanted({ agents, bucketsMs })} cross join lateral (
      select * from ${sourceRows(place, rollup, range)} as s where s.agent_id = d.agent
        and s.time >= d.bucket and s.time < d.bucket + ${widthOf(rollup)}) as r`
  return insertInto(place.schema, rollup, selectBuckets(rollup, { bucket: sql`d.bucket`, from }))
}

/** Removes these buckets. */
export const deleteBuckets = (schema: string, rollup: Rollup, buckets: AgentBuckets): RawBuilder<unknown> =>
  sql`delete from ${sql.table(`${schema}.${rollup.name}`)} as r using ${wanted(buckets)}
    where r.agent_id = d.agent and r.time = d.bucket`

const insertInto = (schema: string, rollup: Rollup, rows: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`insert into ${sql.table(`${schema}.${rollup.name}`)} (${columnList(rollup)}) ${rows}`

const wanted = ({ agents, bucketsMs }: AgentBuckets): RawBuilder<unknown> =>
  sql`unnest(${agents}::uuid[], ${bucketsMs.map((ms) => new Date(ms))}::timestamptz[]) as d (agent, bucket)`
