// Packs past their retention go with their day, all at once.

import { dropDaysBefore, type DaysBefore } from '@secumon/migrations/partitions'
import type { Kysely } from 'kysely'
import { packedName } from './packed-shape.ts'

/** Drops the days of a table's packs whose last moment lies before the time; returns their names, as `dropDaysBefore`. */
export const dropPackedDays = <Tables>(
  db: Kysely<Tables>,
  { table, ...below }: DaysBefore,
): Promise<string[]> => dropDaysBefore(db, { ...below, table: packedName(table) })
