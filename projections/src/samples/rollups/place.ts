// Where the rollups of a generation lie, and which of them are ours to make.

import { sql, type QueryExecutorProvider } from 'kysely'
import type { Generation } from '../../generations.ts'
import { aggregatesOf } from '../continuous/aggregates.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import type { Place } from './statements.ts'

/** Where a generation's rollups are made. */
export async function placeOf(
  db: QueryExecutorProvider,
  { projection, generation, schema }: Generation,
): Promise<Place> {
  const { rows } = await sql<{ packed: boolean }>`select exists (
    select from pg_class where relnamespace = to_regnamespace(quote_ident(${schema}))
      and relname like '%\\_packed') as packed`.execute(db)
  const stored = await aggregatesOf(db, schema)
  return { projection, version: generation, schema, packed: rows[0]?.packed ?? false, stored }
}

/** Those that lie in tables, the finer ones first: views are made by the database. */
export async function ownRollups(db: QueryExecutorProvider, { schema }: Place): Promise<readonly Rollup[]> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = to_regnamespace(quote_ident(${schema})) and relkind = 'r'`.execute(db)
  const tables = new Set(rows.map(({ name }) => name))
  return ROLLUPS.filter(({ name }) => tables.has(name))
}
