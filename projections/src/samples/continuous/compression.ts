// Compression of what was measured or rolled up some days ago, where the samples are hypertables.

import { hypertablesIn } from '@secumon/migrations/timescale'
import { sql, type Kysely } from 'kysely'
import { ROLLUPS } from '../rollups/definitions.ts'
import { SAMPLE_TABLES } from '../tables.ts'

/** Later than what the database refreshes by itself, so that it does not change what is compressed. */
const AFTER_DAYS = 7

export type Compressed = {
  readonly schema: string
  readonly table: string
  /** Beside tenant and agent, what tells its series apart. */
  readonly names: readonly string[]
}

/** From now on chunks of sample tables that are hypertables are compressed as they get old. */
export async function compressSamples(db: Kysely<unknown>, schema: string): Promise<void> {
  const { rows } = await sql<{
    name: string
  }>`select hypertable_name as name from timescaledb_information.jobs
    where hypertable_schema = ${schema} and proc_name = 'policy_compression'`.execute(db)
  const compressed = new Set(rows.map(({ name }) => name))
  const hypertables = await hypertablesIn(db, schema)
  for (const { table } of SAMPLE_TABLES.filter((shape) => hypertables.has(shape.table)))
    if (!compressed.has(table)) await compressOldChunks(db, { schema, table, names: namesOf(table) })
}

const namesOf = (table: string): readonly string[] =>
  ROLLUPS.find((rollup) => rollup.table === table)?.names ?? []

/** From now on chunks of the table or aggregate are compressed as they get old. */
export async function compressOldChunks(
  db: Kysely<unknown>,
  { schema, table, names }: Compressed,
): Promise<void> {
  const relation = `${schema}.${table}`
  const { rows } = await sql<{ isView: boolean }>`select relkind = 'v' as "isView" from pg_class
    where oid = ${relation}::regclass`.execute(db)
  const kind = rows[0]?.isView ? sql`materialized view` : sql`table`
  const series = ['tenant_id', 'agent_id', ...names].join(', ')
  // By their old names these options are known to every 2.x.
  await sql`alter ${kind} ${sql.table(relation)} set (timescaledb.compress,
    timescaledb.compress_segmentby = ${sql.lit(series)}, timescaledb.compress_orderby = 'time desc')`.execute(
    db,
  )
  await sql`select add_compression_policy(${relation}::regclass, ${`${AFTER_DAYS} days`}::interval)`.execute(
    db,
  )
}
