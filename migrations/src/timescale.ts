// The one place that asks what the database can do for time series. Callers create a table and say which days they
// write; whether a hypertable or declarative partitions lie behind it is settled here.

import { sql, type Kysely, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import { createPartition, DAY_MS, DAYS_AHEAD } from './partitions.ts'

/**
 * `full`: TimescaleDB under its own licence. `apache`: hypertables, but neither continuous aggregates nor compression.
 * `plain`: PostgreSQL alone.
 */
export type TimeSeriesEdition = 'full' | 'apache' | 'plain'

/** What the operator wants to be used: `auto` is the most that is there. */
export type WantedEdition = TimeSeriesEdition | 'auto'

/** Every connection may say with this setting which edition is wanted, so that all who ask agree. */
export const WANTED_EDITION = 'secumon.timescale'

/** The database cannot do what is wanted of it. */
export class EditionNotThere extends Error {
  override readonly name = 'EditionNotThere'
}

export type TimeSeriesDatabase = {
  /** What is used. */
  readonly edition: TimeSeriesEdition
  /** What is there. */
  readonly offered: TimeSeriesEdition
  /** Version of PostgreSQL. */
  readonly postgres: string
  /** Version of TimescaleDB. */
  readonly timescale: string | undefined
}

/** Editions from the least to the most. */
const BY_POWER: readonly TimeSeriesEdition[] = ['plain', 'apache', 'full']

/** Asks the database what it is. @throws EditionNotThere */
export async function timeSeriesDatabase<Tables>(db: Kysely<Tables>): Promise<TimeSeriesDatabase> {
  const { rows } = await sql<Asked>`select current_setting('server_version') as postgres,
      (select extversion from pg_extension where extname = 'timescaledb') as timescale,
      current_setting('timescaledb.license', true) as license,
      nullif(current_setting(${WANTED_EDITION}, true), '') as wanted`.execute(db)
  const { postgres = '', timescale = null, license = null, wanted } = rows[0] ?? {}
  const there = { offered: offeredBy({ timescale, license }), postgres, timescale: timescale ?? undefined }
  const edition = BY_POWER.find((each) => each === wanted) ?? there.offered
  if (BY_POWER.indexOf(edition) > BY_POWER.indexOf(there.offered)) throw notThere(edition, there)
  return { ...there, edition }
}

type Asked = {
  readonly postgres: string
  readonly timescale: string | null
  readonly license: string | null
  readonly wanted: string | null
}

const offeredBy = ({ timescale, license }: Pick<Asked, 'timescale' | 'license'>): TimeSeriesEdition => {
  if (timescale === null) return 'plain'
  return license === 'apache' ? 'apache' : 'full'
}

function notThere(wanted: TimeSeriesEdition, there: Omit<TimeSeriesDatabase, 'edition'>): EditionNotThere {
  const remedy =
    there.offered === 'plain'
      ? 'install TimescaleDB and run `create extension timescaledb` there'
      : "set timescaledb.license = 'timescale' in its configuration, where its provider allows it"
  return new EditionNotThere(
    `the database is ${describeDatabase({ ...there, edition: there.offered })}, which cannot be used as ` +
      `${NAMES[wanted]}: ${remedy}, or take what is there with SECUMON_TIMESCALE=auto`,
  )
}

const NAMES: Record<TimeSeriesEdition, string> = {
  full: 'TimescaleDB full edition',
  apache: 'TimescaleDB Apache edition',
  plain: 'plain PostgreSQL',
}

/** One line for people: `PostgreSQL 17.5, TimescaleDB 2.23.0 full edition`. */
export function describeDatabase({ postgres, timescale, offered, edition }: TimeSeriesDatabase): string {
  const server = `PostgreSQL ${postgres.split(' ')[0]}`
  const extension = timescale === undefined ? 'without TimescaleDB' : `TimescaleDB ${timescale}`
  const found = `${server}${timescale === undefined ? ' ' : ', '}${extension}`
  const licence = offered === 'plain' ? '' : ` ${offered === 'full' ? 'full' : 'Apache'} edition`
  return `${found}${licence}${edition === offered ? '' : `, used as ${NAMES[edition]}`}`
}

/** Which edition is used. @throws EditionNotThere */
export const timeSeriesEdition = async <Tables>(db: Kysely<Tables>): Promise<TimeSeriesEdition> =>
  (await timeSeriesDatabase(db)).edition

export type TimeSeriesTable = {
  readonly schema: string
  readonly table: string
  /** Column definitions; one of them is `time timestamptz not null`. */
  readonly columns: RawBuilder<unknown>
  /** What the index on the table is over, e.g. `agent_id, time desc`. */
  readonly indexed: RawBuilder<unknown>
}

/**
 * Creates a table that is cut into days by its column `time`: a hypertable where TimescaleDB can do all that we want of
 * one, else a partitioned table, since hypertables alone do nothing that partitions of ours do not. In a schema that has
 * such tables it becomes what those are.
 */
export async function createTimeSeriesTable<Tables>(
  db: Kysely<Tables>,
  wanted: TimeSeriesTable,
): Promise<void> {
  const name = sql.table(`${wanted.schema}.${wanted.table}`)
  const asHypertable = await makesHypertables(db, wanted.schema)
  const partitioning = asHypertable ? sql`` : sql`partition by range (time)`
  await sql`create table ${name} (${wanted.columns}) ${partitioning}`.execute(db)
  await sql`create index on ${name} (${wanted.indexed})`.execute(db)
  if (!asHypertable) return createDaysAround(db, wanted)
  await sql`select create_hypertable(${`${wanted.schema}.${wanted.table}`}::regclass, 'time',
    chunk_time_interval => interval '1 day', create_default_indexes => false)`.execute(db)
  await createTimeIndex(db, wanted)
}

async function makesHypertables<Tables>(db: Kysely<Tables>, schema: string): Promise<boolean> {
  if ((await hypertablesIn(db, schema)).size > 0) return true
  const { rows } = await sql`select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind = 'p' limit 1`.execute(db)
  return rows.length === 0 && (await timeSeriesEdition(db)) === 'full'
}

/**
 * Rows come in the order of time: the minutes that an aggregate is refreshed from are found by next to nothing. Does
 * nothing where there is such an index.
 */
export async function createTimeIndex<Tables>(
  db: Kysely<Tables>,
  { schema, table }: Pick<TimeSeriesTable, 'schema' | 'table'>,
): Promise<void> {
  const { rows } = await sql`select 1 from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_am m on m.oid = c.relam and m.amname = 'brin'
    where i.indrelid = ${`${schema}.${table}`}::regclass`.execute(db)
  if (rows.length > 0) return
  await sql`create index on ${sql.table(`${schema}.${table}`)}
    using brin (time) with (pages_per_range = 32, autosummarize = on)`.execute(db)
}

/** Whether the table is a hypertable; a table keeps the form that it was created with. */
export const isHypertable = async <Tables>(
  db: Kysely<Tables>,
  { schema, table }: Pick<TimeSeriesTable, 'schema' | 'table'>,
): Promise<boolean> => (await hypertablesIn(db, schema)).has(table)

/** Those of a schema, by name. */
export async function hypertablesIn<Tables>(
  db: Kysely<Tables>,
  schema: string,
): Promise<ReadonlySet<string>> {
  const { rows: installed } = await sql`select 1 from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.length === 0) return new Set()
  const { rows } = await sql<{ name: string }>`select hypertable_name as name
    from timescaledb_information.hypertables where hypertable_schema = ${schema}`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

/**
 * Until its end the transaction may change as many compressed rows as it wants: TimescaleDB opens them, and holds that to
 * a hundred thousand otherwise.
 */
export async function admitCompressed(tx: QueryExecutorProvider): Promise<void> {
  await sql`select set_config(name, '0', true) from pg_settings
    where name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'`.execute(tx)
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
