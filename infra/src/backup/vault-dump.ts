// Every row of the vault, and the facts that were fixed at the first start, as lines of JSON; and back. Tables are
// found, not listed: a new one is in the backup without being thought of.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Database } from '../database/database.ts'

/** A row as PostgreSQL puts it into JSON: bytes as `\x…`, times in ISO form. */
export type DumpedRow = { readonly table: string; readonly row: Readonly<Record<string, unknown>> }

const FACTS = 'secumon.facts'

/** A row of a table or with a column that this version does not have. */
export class UnknownRow extends Error {
  override readonly name = 'UnknownRow'
}

/** As of one moment. */
export const dumpVault = (db: Database): Promise<DumpedRow[]> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const rows: DumpedRow[] = []
      for (const table of await tables(tx)) {
        const found = await sql<{ row: DumpedRow['row'] }>`
          select to_jsonb(t) as row from ${sql.table(table)} as t`.execute(tx)
        rows.push(...found.rows.map(({ row }) => ({ table, row })))
      }
      return rows
    })

/** Whether the vault knows anybody yet. */
export async function vaultIsEmpty(db: Database): Promise<boolean> {
  for (const table of await tables(db)) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)
    if (rows.length > 0) return false
  }
  return true
}

/** Puts the rows into empty tables, all or none. @throws UnknownRow */
export const loadVault = (db: Database, dumped: readonly DumpedRow[]): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit = on`.execute(tx)
    const known = await tables(tx)
    const byTable = Map.groupBy(dumped, ({ table }) => table)
    for (const table of byTable.keys())
      if (!known.includes(table)) throw new UnknownRow(`there is no table ${table} in this version`)
    for (const table of known) await insertRows(tx, table, byTable.get(table) ?? [])
  })

// Columns that a row of an older version does not have get their defaults.
async function insertRows(
  tx: Transaction<PlatformTables>,
  table: string,
  dumped: readonly DumpedRow[],
): Promise<void> {
  const [first] = dumped
  if (!first) return
  const known = new Set(await columnsOf(tx, table))
  const unknown = Object.keys(first.row).filter((column) => !known.has(column))
  if (unknown.length > 0) throw new UnknownRow(`${table} has no column ${unknown.join(', ')} in this version`)
  const columns = sql.join(Object.keys(first.row).map((column) => sql.ref(column)))
  const rows = JSON.stringify(dumped.map(({ row }) => row))
  await sql`insert into ${sql.table(table)} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${rows}::jsonb)`.execute(tx)
}

async function columnsOf(db: Kysely<PlatformTables>, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`.execute(db)
  return rows.map(({ name }) => name)
}

// What others refer to comes first.
async function tables(db: Kysely<PlatformTables>): Promise<string[]> {
  const { rows } = await sql<{ name: string; refersTo: string[] }>`
    select n.nspname || '.' || c.relname as name, array(
        select n2.nspname || '.' || c2.relname from pg_constraint f
        join pg_class c2 on c2.oid = f.confrelid join pg_namespace n2 on n2.oid = c2.relnamespace
        where f.contype = 'f' and f.conrelid = c.oid and f.confrelid <> c.oid) as "refersTo"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and (n.nspname = 'vault' or n.nspname || '.' || c.relname = ${FACTS})
    order by name`.execute(db)
  const ordered: string[] = []
  while (ordered.length < rows.length) {
    const ready = rows.filter(
      ({ name, refersTo }) => !ordered.includes(name) && refersTo.every((other) => ordered.includes(other)),
    )
    if (ready.length === 0) throw new Error('tables of the vault refer to each other in a circle')
    ordered.push(...ready.map(({ name }) => name))
  }
  return ordered
}
