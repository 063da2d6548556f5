// What columns a table has, by the database's own word: generations of different code may differ.

import { sql, type QueryExecutorProvider } from 'kysely'

export type TableColumn = { readonly name: string; readonly type: string }

/** In the order of the table; none where there is no such table. */
export async function columnsOf(
  db: QueryExecutorProvider,
  schema: string,
  table: string,
): Promise<TableColumn[]> {
  const { rows } = await sql<TableColumn>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${table} and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(db)
  return rows
}

/** Names of what a schema holds: tables, and what can be read like them. */
export async function tablesOf(db: QueryExecutorProvider, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind in ('r', 'p', 'v')`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

/** Columns that the table has and the one of the same name in another schema has not. */
export async function missingColumns(
  db: QueryExecutorProvider,
  { schema, table }: { readonly schema: string; readonly table: string },
  other: string,
): Promise<TableColumn[]> {
  const known = new Set((await columnsOf(db, other, table)).map(({ name }) => name))
  return (await columnsOf(db, schema, table)).filter(({ name }) => !known.has(name))
}
