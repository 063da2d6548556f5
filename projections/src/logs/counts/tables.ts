// How many lines there are of each agent, source, unit and severity in each five minutes. Rows are added with the lines,
// in their transaction, and never changed: there may be several of one kind, which are summed on reading.

import type { ColumnKind, RowShape } from '@secumon/infra/database/row-writer'
import { DAY_MS } from '@secumon/migrations/partitions'
import { createTimeSeriesTable } from '@secumon/migrations/timescale'
import { sql, type Kysely, type QueryExecutorProvider } from 'kysely'

/** Width of the buckets that lines are counted in. */
export const COUNTED_MS = 5 * 60_000

const COLUMNS: Readonly<Record<string, ColumnKind>> = {
  time: 'timestamptz',
  lines: 'bigint',
  agent_id: 'uuid',
  severity: 'integer',
  tenant_id: 'text',
  source: 'text',
  unit: 'text',
}

export const LOG_COUNTS_SHAPE: RowShape = {
  table: 'log_counts',
  columns: Object.entries(COLUMNS).map(([name, kind]) => ({ name, kind })),
}

/** All that tells one count from another: there may be several rows of each. */
export const COUNTED_BY = Object.keys(COLUMNS).filter((name) => name !== 'lines')

const nameIn = (schema: string): string => `${schema}.${LOG_COUNTS_SHAPE.table}`

/** Creates the table beside an empty one of lines. */
export const createCounts = (db: Kysely<unknown>, schema: string): Promise<void> =>
  create(db, schema, new Date(0))

/**
 * Creates the table where it is missing beside lines that are there. They are not counted, nor are those that older
 * programs still write: counts are whole from the day after tomorrow on.
 */
export async function completeCounts(db: Kysely<unknown>, schema: string): Promise<void> {
  const { rows } = await sql<{ exists: boolean; ms: number }>`select
    to_regclass(${nameIn(schema)}) is not null as exists, extract(epoch from now())::float8 * 1000 as ms`.execute(
    db,
  )
  const [found] = rows
  if (found && !found.exists) await create(db, schema, new Date((Math.floor(found.ms / DAY_MS) + 2) * DAY_MS))
}

async function create(db: Kysely<unknown>, schema: string, wholeFrom: Date): Promise<void> {
  const definitions = LOG_COUNTS_SHAPE.columns.map(
    ({ name, kind }) => sql`${sql.ref(name)} ${sql.raw(kind)} not null`,
  )
  await createTimeSeriesTable(db, {
    schema,
    table: LOG_COUNTS_SHAPE.table,
    columns: sql.join(definitions),
    indexed: sql`tenant_id, time`,
  })
  // Beside the table, for queries read generations that other programs have made.
  await sql`comment on table ${sql.table(nameIn(schema))} is ${sql.lit(wholeFrom.toISOString())}`.execute(db)
}

/** From when on every line is counted; undefined where none is. */
export async function countedFromMs(db: QueryExecutorProvider, schema: string): Promise<number | undefined> {
  const { rows } = await sql<{ from: string | null }>`
    select obj_description(to_regclass(${nameIn(schema)}), 'pg_class') as from`.execute(db)
  const from = Date.parse(rows[0]?.from ?? '')
  return Number.isNaN(from) ? undefined : from
}
