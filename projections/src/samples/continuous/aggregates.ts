// The rollups as continuous aggregates, where the samples are hypertables: the database refreshes their newest days by
// itself, and makes what is newer still while it is read.

import { hypertablesIn } from '@secumon/migrations/timescale'
import { sql, type Kysely, type QueryExecutorProvider } from 'kysely'
import { columnsOf } from '../../rebuild/columns.ts'
import { ASKED_BY, ROLLUPS, type Rollup } from '../rollups/definitions.ts'
import { selectBuckets, widthOf, type TableName } from '../rollups/statements.ts'
import { compressOldChunks } from './compression.ts'

/**
 * How far back the database refreshes by itself. Raw rows are kept longer: of a bucket whose rows are gone a refresh would
 * make nothing.
 */
export const REFRESHED_DAYS = 4

const HOUR_MS = 3_600_000
/** Some thousand rows of a series, which is what is compressed together. */
const chunkDays = ({ resolutionMs }: Rollup): number => (resolutionMs < HOUR_MS ? 7 : 28)

/**
 * Creates those that are missing in a generation's schema, with all that keeps them: of hypertables, and of one another. A
 * rollup that is a table of ours stays one.
 */
export async function completeAggregates(db: Kysely<unknown>, schema: string): Promise<void> {
  const chunked = new Set([...(await hypertablesIn(db, schema)), ...(await aggregatesOf(db, schema)).keys()])
  for (const rollup of ROLLUPS) {
    if (!chunked.has(rollup.source) || (await columnsOf(db, schema, rollup.name)).length > 0) continue
    await createAggregate(db, schema, rollup)
    chunked.add(rollup.name)
  }
}

/** The aggregates of a generation, each with the table that holds what has been made of it. */
export async function aggregatesOf(
  db: QueryExecutorProvider,
  schema: string,
): Promise<ReadonlyMap<string, TableName>> {
  const { rows: installed } = await sql`select 1 from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.length === 0) return new Map()
  const { rows } = await sql<TableName & { name: string }>`select view_name as name,
      materialization_hypertable_schema as schema, materialization_hypertable_name as "table"
    from timescaledb_information.continuous_aggregates where view_schema = ${schema}`.execute(db)
  return new Map(rows.map(({ name, ...table }) => [name, table]))
}

async function createAggregate(db: Kysely<unknown>, schema: string, rollup: Rollup): Promise<void> {
  const from = sql`${sql.table(`${schema}.${rollup.source}`)} as r`
  const bucket = sql`time_bucket(${widthOf(rollup)}, r.time)`
  await sql`create materialized view ${sql.table(`${schema}.${rollup.name}`)}
    with (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false)
    as ${selectBuckets(rollup, { bucket, from })} with no data`.execute(db)
  const made = (await aggregatesOf(db, schema)).get(rollup.name)
  if (!made) throw new RangeError(`${schema} has no aggregate ${rollup.name}`)
  const name = `${made.schema}.${made.table}`
  await sql`create index on ${sql.table(name)} (agent_id, time desc)`.execute(db)
  const named = ASKED_BY[rollup.table]
  if (named !== undefined)
    await sql`create index on ${sql.table(name)} (agent_id, ${sql.ref(named)}, time desc)`.execute(db)
  await sql`select set_chunk_time_interval(${name}::regclass,
    ${`${chunkDays(rollup)} days`}::interval)`.execute(db)
  await refreshByItself(db, schema, rollup)
  await compressOldChunks(db, { schema, table: rollup.name, names: rollup.names })
}

// A bucket is made when it has been over for its own width: until then it is made while it is read. All at once, for in
// batches some versions forget a bucket of which only the first moment has changed.
async function refreshByItself(db: Kysely<unknown>, schema: string, rollup: Rollup): Promise<void> {
  const { rows } = await sql<{ job: number }>`select add_continuous_aggregate_policy(
    ${`${schema}.${rollup.name}`}::regclass, start_offset => ${`${REFRESHED_DAYS} days`}::interval,
    end_offset => ${widthOf(rollup)}, schedule_interval => ${widthOf(rollup)}) as job`.execute(db)
  await sql`select alter_job(job_id, config => config || '{"buckets_per_batch": 0}')
    from timescaledb_information.jobs where job_id = ${rows[0]?.job}`.execute(db)
}
