// Packs past their retention go: all of a day with its partition, those of some agents one by one.

import { dropDaysBefore, type DaysBefore } from '@secumon/migrations/partitions'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { packedName, packedShape } from './packed-shape.ts'

/** Drops the days of a table's packs whose last moment lies before the time; returns their names, as `dropDaysBefore`. */
export const dropPackedDays = <Tables>(
  db: Kysely<Tables>,
  { table, ...below }: DaysBefore,
): Promise<string[]> => dropDaysBefore(db, { ...below, table: packedName(table) })

export type PackedBefore = DaysBefore & {
  /** Whose packs, said of columns that are the same for all rows of a series. */
  readonly whose: RawBuilder<unknown>
}

/** Deletes packs whose last row is older; returns the number of rows in them. Safe to call at any time. */
export async function dropPackedBefore<Tables>(
  db: Kysely<Tables>,
  { schema, table, beforeMs, whose }: PackedBefore,
): Promise<number> {
  if (!(await packedShape(db, schema, table))) return 0
  const { rows } = await sql<{ rows: number }>`with gone as (
      delete from ${sql.table(`${schema}.${packedName(table)}`)}
      where last < ${new Date(beforeMs)} and first < ${new Date(beforeMs)} and ${whose} returning rows)
    select coalesce(sum(rows), 0)::float8 as rows from gone`.execute(db)
  return rows[0]?.rows ?? 0
}
