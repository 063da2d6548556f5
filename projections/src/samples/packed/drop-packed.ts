// Packs past their retention are deleted: the room is taken by the packs that follow.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import { columnsOf } from '../../rebuild/columns.ts'
import { packedName } from './packed-shape.ts'

export type PackedBefore = {
  readonly schema: string
  /** Of the rows; where it has no packs nothing is done. */
  readonly table: string
  readonly beforeMs: number
  /** Whose packs, said of columns that are the same for all rows of a series; absent: everybody's. */
  readonly whose?: RawBuilder<unknown>
}

/** Deletes packs whose last row is older; returns the number of rows in them. Safe to call at any time. */
export async function dropPackedBefore<Tables>(
  db: Kysely<Tables>,
  { schema, table, beforeMs, whose }: PackedBefore,
): Promise<number> {
  if ((await columnsOf(db, schema, packedName(table))).length === 0) return 0
  const { rows } = await sql<{ rows: number }>`with gone as (
      delete from ${sql.table(`${schema}.${packedName(table)}`)}
      where last < ${new Date(beforeMs)} and ${whose ?? sql`true`} returning rows)
    select coalesce(sum(rows), 0)::float8 as rows from gone`.execute(db)
  return rows[0]?.rows ?? 0
}
