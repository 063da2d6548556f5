// The tables that rollups lie in where the database does not make them by itself. They are plain tables: what goes in and
// out of them in a day is about a thirtieth of what is measured, so that removing rows costs nothing worth mentioning and
// the room is taken by those that follow, while a question about a year meets one index instead of that of every week.
// Names that a host chooses without a bound are in no index, which would bound their length.

import { sql, type Kysely } from 'kysely'
import { columnsOf } from '../../rebuild/columns.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { aggregatesOf } from '../continuous/aggregates.ts'
import { rollupColumns } from './columns.ts'
import { ASKED_BY, ROLLUPS, type Rollup } from './definitions.ts'
import { awaitSealedRollup } from './seal-old-rows.ts'

/**
 * Creates what is missing of them in a generation's schema, beside what the database makes there; and in `sealed`, where
 * that is in use: what lies there is made by nobody else.
 */
export async function completeRollupTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const aggregates = await aggregatesOf(db, schema)
  const sealed = await sealedTables(db)
  for (const rollup of ROLLUPS) {
    if (!aggregates.has(rollup.name)) await completeTable(db, schema, rollup)
    if (!sealed.has(rollup.table)) continue
    await completeTable(db, SEALED_SCHEMA, rollup)
    if (!sealed.has(rollup.name) && (await hasRows(db, rollup))) await awaitSealedRollup(db, rollup)
  }
}

async function sealedTables(db: Kysely<unknown>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${SEALED_SCHEMA}`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

// From before there were rollups.
async function hasRows(db: Kysely<unknown>, { table }: Rollup): Promise<boolean> {
  const { rows } = await sql`select from ${sql.table(`${SEALED_SCHEMA}.${table}`)} limit 1`.execute(db)
  return rows.length > 0
}

async function completeTable(db: Kysely<unknown>, schema: string, rollup: Rollup): Promise<void> {
  const held = new Set((await columnsOf(db, schema, rollup.name)).map(({ name }) => name))
  if (held.size === 0) return createTable(db, schema, rollup)
  for (const { name, type } of rollupColumns(rollup).filter((column) => !held.has(column.name)))
    await sql`alter table ${sql.table(`${schema}.${rollup.name}`)} add column ${sql.ref(name)} ${sql.raw(type)}`.execute(
      db,
    )
}

async function createTable(db: Kysely<unknown>, schema: string, rollup: Rollup): Promise<void> {
  const table = sql.table(`${schema}.${rollup.name}`)
  const columns = rollupColumns(rollup).toSorted((a, b) => narrowness(a.type) - narrowness(b.type))
  const definitions = columns.map(
    ({ name, type }) =>
      sql`${sql.ref(name)} ${sql.raw(type)} ${sql.raw(REQUIRED.has(name) ? 'not null' : '')}`,
  )
  // Rows that were removed make room within the day, not when a fifth of the table is gone.
  await sql`create table ${table} (${sql.join(definitions)})
    with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)`.execute(db)
  await sql`create index on ${table} (agent_id, time)`.execute(db)
  await sql`create index on ${table} (time)`.execute(db)
  const named = ASKED_BY[rollup.table]
  if (named !== undefined) await sql`create index on ${table} (agent_id, ${sql.ref(named)}, time)`.execute(db)
}

const REQUIRED = new Set(['time', 'agent_id', 'tenant_id', 'rows', 'interval_ms'])

// Values are stored on multiples of their size: wide ones first, or every row would carry padding.
const NARROWNESS = ['timestamptz', 'uuid', 'double precision', 'bigint', 'integer', 'real', 'text']
const narrowness = (type: string): number => NARROWNESS.indexOf(type)
