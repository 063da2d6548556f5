// How a day of a series lies in one row: what tells series apart once, and an array of each measured column. TOAST
// squeezes and parts the arrays column by column, and reads only those that are asked for.

import { columnsOf } from '../../rebuild/columns.ts'
import type { Kysely } from 'kysely'

export type TypedColumn = { readonly name: string; readonly kind: string }

/** A table of rows; each has the columns `time` and `interval_ms`. */
export type PackedShape = { readonly table: string; readonly columns: readonly TypedColumn[] }

/** `metrics_packed` holds the packed days of `metrics`. */
export const packedName = (table: string): string => `${table}_packed`

/** A function of the generation: cuts an array of arrays into those it was made of, reading it once. */
export const SLICES = 'slices'

const KEY_KINDS = ['uuid', 'text', 'text[]']
const NESTED_KIND = 'real[]'

export type Parts = {
  /** What all rows of a pack have in common. Texts are the same in many rows. */
  readonly keys: readonly string[]
  /** What has an array with a value for each row. */
  readonly measured: readonly TypedColumn[]
}

export function partsOf({ columns }: Pick<PackedShape, 'columns'>): Parts {
  const own = columns.filter(({ name }) => name !== 'time')
  return {
    keys: own.filter(({ kind }) => KEY_KINDS.includes(kind)).map(({ name }) => name),
    measured: own.filter(({ kind }) => !KEY_KINDS.includes(kind)),
  }
}

/** An array in each row: an array of arrays in a pack, for which all must be of the same length. */
export const isNested = ({ kind }: TypedColumn): boolean => kind === NESTED_KIND

/**
 * A table of a generation, which older or newer code may have made, as the database knows it; undefined where its closed
 * days are not packed.
 */
export async function packedShape<Tables>(
  db: Kysely<Tables>,
  schema: string,
  table: string,
): Promise<PackedShape | undefined> {
  if ((await columnsOf(db, schema, packedName(table))).length === 0) return undefined
  const columns = await columnsOf(db, schema, table)
  return { table, columns: columns.map(({ name, type }) => ({ name, kind: type })) }
}
