// Days of log lines that are over have an index of trigrams, with which parts of words, texts and regular expressions
// are found without reading the day. It is made in bulk, which costs less than to keep one while lines come in, and
// beside the lines: writers are not held up, and whoever reads has the same answer without it.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
import { sql, type Kysely } from 'kysely'
import pg from 'pg'
import { LOGS_SHAPE } from './tables.ts'

const SUFFIX = '_trigrams'

/** One day of the lines of a generation; `day` counts from 1970-01-01 UTC. */
export type DayOfLines = { readonly schema: string; readonly day: number }

/** The database has no trigrams, and we may not make them; the message says what it said. */
export class NoTrigrams extends Error {
  override readonly name = 'NoTrigrams'
}

const nameOf = (day: number): string => `${partitionName({ table: LOGS_SHAPE.table, day })}${SUFFIX}`

/** Such a day takes the better part of an hour, which is what a statement of a job may take. */
const MOST_LINES = 20_000_000

/**
 * Days that there are and whose index is not whole, the newest first, without those that are too large for one.
 * Hypertables have none.
 */
export async function daysWithoutIndex(db: Database, schema: string): Promise<number[]> {
  const days = (await listPartitions(db, schema)).get(LOGS_SHAPE.table) ?? []
  const [indexes, large] = [await wholeIndexes(db, schema), await largeTables(db, schema)]
  return days
    .filter((day) => !indexes.has(nameOf(day)))
    .filter((day) => !large.has(partitionName({ table: LOGS_SHAPE.table, day })))
    .toSorted((a, b) => b - a)
}

async function largeTables(db: Database, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and reltuples > ${MOST_LINES}`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

/** Days that have an index, each from its beginning to its end; in no order. */
export async function indexedDays(
  db: Kysely<unknown>,
  schema: string,
): Promise<{ readonly fromMs: number; readonly toMs: number }[]> {
  return [...(await wholeIndexes(db, schema))].map((name) => {
    const [, year, month, date] = /_(\d{4})(\d\d)(\d\d)_/.exec(name) ?? []
    const fromMs = Date.UTC(Number(year), Number(month) - 1, Number(date))
    return { fromMs, toMs: fromMs + DAY_MS }
  })
}

/** Whether words in the index are of ASCII alone: all other letters are blanks to a database of locale C. */
export async function indexesAsciiAlone(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{ ascii: boolean }>`select datctype in ('C', 'POSIX') as ascii
    from pg_database where datname = current_database()`.execute(db)
  return rows[0]?.ascii ?? true
}

async function wholeIndexes<Tables>(db: Kysely<Tables>, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_index i
    join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and i.indisvalid
      and c.relname ~ ${`^${LOGS_SHAPE.table}_\\d{8}${SUFFIX}$`}`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

/** 145 bytes for a line that takes 210 (docs/logs.md). */
const INDEX_SHARE = 0.7

/** How much the index of a day is going to take, in bytes. */
export async function roomOfIndex(db: Database, { schema, day }: DayOfLines): Promise<number> {
  const lines = `${schema}.${partitionName({ table: LOGS_SHAPE.table, day })}`
  const { rows } = await sql<{ bytes: number }>`select pg_table_size(${lines}::regclass) as bytes`.execute(db)
  return (rows[0]?.bytes ?? 0) * INDEX_SHARE
}

/** Who in this database has looked at it as it was for longer than that; undefined: nobody. No index is whole before they end. */
export async function oldSnapshot(db: Database, olderThanMs: number): Promise<string | undefined> {
  const { rows } = await sql<{ name: string; minutes: number }>`select application_name as name,
      floor(extract(epoch from now() - xact_start) / 60)::integer as minutes
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and backend_xmin is not null and xact_start < now() - make_interval(secs => ${olderThanMs / 1000})
    order by xact_start limit 1`.execute(db)
  const [oldest] = rows
  return oldest && `waits for a transaction of "${oldest.name}" that began ${oldest.minutes} minutes ago`
}

/**
 * Makes the index of a day; what an attempt has left that was broken off goes first. Takes some seconds for a hundred
 * thousand lines. @throws NoTrigrams
 */
export async function indexDay(db: Database, { schema, day }: DayOfLines): Promise<void> {
  const index = sql.table(`${schema}.${nameOf(day)}`)
  const lines = sql.table(`${schema}.${partitionName({ table: LOGS_SHAPE.table, day })}`)
  const trigrams = sql.table(`${await trigramsIn(db)}.gin_trgm_ops`)
  await db.connection().execute(async (own) => {
    // A small machine has other things to do.
    await sql`set max_parallel_maintenance_workers = 0`.execute(own)
    try {
      await sql`drop index concurrently if exists ${index}`.execute(own)
      // Late lines go into the index itself: a list of those that wait would be read by every search.
      await sql`create index concurrently ${sql.ref(nameOf(day))} on ${lines}
        using gin (message ${trigrams}) with (fastupdate = off)`.execute(own)
    } finally {
      await sql`reset max_parallel_maintenance_workers`.execute(own)
    }
  })
}

/** The schema of the extension, which is made where there is none yet. */
async function trigramsIn(db: Database): Promise<string> {
  const found = await schemaOfTrigrams(db)
  if (found !== undefined) return found
  try {
    await sql`create extension if not exists pg_trgm`.execute(db)
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw new NoTrigrams(error.message, { cause: error })
    throw error
  }
  return (await schemaOfTrigrams(db)) ?? 'public'
}

async function schemaOfTrigrams(db: Database): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`select n.nspname as schema from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'`.execute(db)
  return rows[0]?.schema
}
