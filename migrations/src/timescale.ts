// The one place that asks what the database can do for time series. Callers create a table and say which days they
// write; whether a hypertable or declarative partitions lie behind it is settled here.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { createPartition, DAY_MS, DAYS_AHEAD } from './partitions.ts'

/**
 * `full`: TimescaleDB under its own licence. `apache`: hypertables, but neither continuous aggregates nor compression.
 * `plain`: PostgreSQL alone.
 */
export type TimeSeriesEdition = 'full' | 'apache' | 'plain'

/** Asks the database which edition it is. */
export async function timeSeriesEdition<Tables>(db: Kysely<Tables>): Promise<TimeSeriesEdition> {
  const { rows } = await sql<{ license: string | null }>`
    select current_setting('timescaledb.license', true) as license from pg_extension
    where extname = 'timescaledb'`.execute(db)
  if (!rows[0]) return 'plain'
  return rows[0].license === 'apache' ? 'apache' : 'full'
}

export type TimeSeriesTable = {
  readonly schema: string
  readonly table: string
  /** Column definitions; one of them is `time timestamptz not null`. */
  readonly columns: RawBuilder<unknown>
  /** What the index on the table is over, e.g. `agent_id, time desc`. */
  readonly indexed: RawBuilder<unknown>
}

/** Creates a table that is cut into days by its column `time`. */
export async function createTimeSeriesTable<Tables>(
  db: Kysely<Tables>,
  wanted: TimeSeriesTable,
): Promise<void> {
  const name = sql.table(`${wanted.schema}.${wanted.table}`)
  const edition = await timeSeriesEdition(db)
  const partitioning = edition === 'plain' ? sql`partition by range (time)` : sql``
  await sql`create table ${name} (${wanted.columns}) ${partitioning}`.execute(db)
  await sql`create index on ${name} (${wanted.indexed})`.execute(db)
  if (edition === 'plain') await createDaysAround(db, wanted)
  else
    await sql`select create_hypertable(${`${wanted.schema}.${wanted.table}`}::regclass, 'time',
      chunk_time_interval => interval '1 day', create_default_indexes => false)`.execute(db)
}

async function createDaysAround<Tables>(
  db: Kysely<Tables>,
  { schema, table }: TimeSeriesTable,
): Promise<void> {
  const { rows } = await sql<{ ms: number }>`select extract(epoch from now())::float8 * 1000 as ms`.execute(
    db,
  )
  const today = Math.floor((rows[0]?.ms ?? Date.now()) / DAY_MS)
  for (let day = today - 1; day <= today + DAYS_AHEAD; day++)
    await createPartition(db, { schema, table, day })
}
