// The statements that make rows of a rollup. Which rows are read is the caller's choice: all of a time, or certain buckets
// of certain agents.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import { heldRows } from '../held-rows.ts'
import { isOfSamples, rollupColumns } from './columns.ts'
import { metricsOf, type Rollup } from './definitions.ts'

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
  /** Where the database keeps what it makes of continuous aggregates, by their name. */
  readonly stored?: ReadonlyMap<string, TableName>
}

/** A table as the database calls it. */
export type TableName = { readonly schema: string; readonly table: string }

type Stored = Pick<Place, 'schema' | 'stored'>

/** The table that the rows of a rollup lie in, to be changed. */
export function tableOf({ schema, stored }: Stored, { name }: Pick<Rollup, 'name'>): RawBuilder<unknown> {
  const table = stored?.get(name) ?? { schema, table: name }
  return sql.table(`${table.schema}.${table.table}`)
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
function sourceRows(place: Place, rollup: Rollup, range: TimeRange): RawBuilder<unknown> {
  if (!isOfSamples(rollup)) return sql.table(`${place.schema}.${rollup.source}`)
  const columns = [...rollup.names, ...metricsOf(rollup).map(({ column }) => column)]
  return heldRows({ ...place, sealed: false }, { relation: rollup.source, columns, ...range })
}

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

/** In this time an agent has as many rows as it weighs. */
export const ROW_MS = 10_000
/** Of one statement, which is what a stop waits for. */
const STATEMENT_ROWS = 100_000

/** What the agents weigh together of which one statement makes a time. */
export const weightOfStatement = ({ fromMs, toMs }: TimeRange): number =>
  STATEMENT_ROWS / (Math.min(DAY_MS, toMs - fromMs) / ROW_MS)

/** In which order rows lie best: what is asked for at once lies together. */
export const laidDown = ({ names }: Pick<Rollup, 'names'>): RawBuilder<unknown> =>
  sql.join(['agent_id', ...names, 'time'].map((name) => sql.ref(name)))

/** Makes all buckets of a time, of these agents; those of one lie together. */
export function insertRange(
  place: Place,
  rollup: Rollup,
  { agents, fromMs, toMs }: TimeRange & { readonly agents: readonly string[] },
): RawBuilder<unknown> {
  const from = sql`${sourceRows(place, rollup, { fromMs, toMs })} as r
    where r.agent_id = any(${agents}::uuid[]) and r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)}`
  const rows = selectBuckets(rollup, { bucket: bucketOf(rollup, sql`r.time`), from })
  return insertInto(place, rollup, sql`${rows} order by ${laidDown(rollup)}`)
}

/** Makes these buckets, all of which lie in the range. Of packs only those are opened that bounds without a join admit. */
export function insertBuckets(
  place: Place,
  rollup: Rollup,
  { agents, bucketsMs, ...range }: AgentBuckets & TimeRange,
): RawBuilder<unknown> {
  const from = sql`${wanted({ agents, bucketsMs })} cross join lateral (
      select * from ${sourceRows(place, rollup, range)} as s where s.agent_id = d.agent
        and s.agent_id = any(${[...new Set(agents)]}::uuid[])
        and s.time >= ${new Date(range.fromMs)} and s.time < ${new Date(range.toMs)}
        and s.time >= d.bucket and s.time < d.bucket + ${widthOf(rollup)}) as r`
  return insertInto(place, rollup, selectBuckets(rollup, { bucket: sql`d.bucket`, from }))
}

/** Removes these buckets. Of compressed rows only those are opened that bounds without a join admit. */
export function deleteBuckets(place: Stored, rollup: Rollup, buckets: AgentBuckets): RawBuilder<unknown> {
  const [first, last] = [Math.min(...buckets.bucketsMs), Math.max(...buckets.bucketsMs)]
  if (first > last) return sql`select`
  return sql`delete from ${tableOf(place, rollup)} as r using ${wanted(buckets)}
    where r.agent_id = d.agent and r.time = d.bucket and r.agent_id = any(${buckets.agents}::uuid[])
      and r.time >= ${new Date(first)} and r.time <= ${new Date(last)}`
}

const insertInto = (place: Stored, rollup: Rollup, rows: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`insert into ${tableOf(place, rollup)} (${columnList(rollup)}) ${rows}`

const wanted = ({ agents, bucketsMs }: AgentBuckets): RawBuilder<unknown> =>
  sql`unnest(${agents}::uuid[], ${bucketsMs.map((ms) => new Date(ms))}::timestamptz[]) as d (agent, bucket)`
