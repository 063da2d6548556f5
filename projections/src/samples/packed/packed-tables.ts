// Where closed days are packed: a table beside each table of rows whose days are partitions of ours, with the same days. A
// hypertable has none, for TimescaleDB compresses its chunks.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { SAMPLE_TABLES } from '../tables.ts'
import { isNested, packedName, partsOf, SLICES, type PackedShape, type TypedColumn } from './packed-shape.ts'

/** Creates what the generation lacks of them. Not to be called twice at the same time. */
export async function createPackedTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind = 'p'`.execute(db)
  const known = new Set(rows.map(({ name }) => name))
  const missing = SAMPLE_TABLES.filter(({ table }) => known.has(table) && !known.has(packedName(table)))
  if (missing.length === 0) return
  await slicesFunction(schema).execute(db)
  for (const shape of missing) await createPackedTable(db, schema, shape)
}

async function createPackedTable(db: Kysely<unknown>, schema: string, shape: PackedShape): Promise<void> {
  const name = sql.table(`${schema}.${packedName(shape.table)}`)
  const { keys, measured } = partsOf(shape)
  const kindOf = new Map(shape.columns.map((column) => [column.name, column.kind]))
  const columns = [
    ...keys.map((key) => sql`${sql.ref(key)} ${sql.raw(kindOf.get(key) ?? 'text')}`),
    ...measured.map((column) => sql`${sql.ref(column.name)} ${arrayType(column)}`),
  ]
  await sql`create table ${name} (first timestamptz not null, last timestamptz not null, rows integer not null,
    off_us bigint[] not null, ${sql.join(columns)}) partition by range (first)`.execute(db)
  await sql`create index on ${name} (agent_id, first)`.execute(db)
}

const arrayType = (column: TypedColumn): RawBuilder<unknown> =>
  sql.raw(isNested(column) ? column.kind : `${column.kind}[]`)

const slicesFunction = (schema: string): RawBuilder<unknown> =>
  sql`create or replace function ${sql.table(`${schema}.${SLICES}`)}(parts real[]) returns setof real[]
    language plpgsql immutable strict parallel safe rows 1000 as $$
    declare part real[];
    begin
      foreach part slice 1 in array parts loop return next part; end loop;
    end $$`
