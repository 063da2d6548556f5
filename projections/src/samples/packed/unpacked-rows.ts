// Packs as the rows they were made of, by one statement in the time that reading them once takes: a value's place in its
// array is never looked up.

import { sql, type RawBuilder } from 'kysely'
import { isNested, partsOf, SLICES, type PackedShape, type TypedColumn } from './packed-shape.ts'

export type Unpacking = {
  /** Of the generation. */
  readonly schema: string
  readonly shape: PackedShape
  /** What to select, in this order. */
  readonly columns: readonly string[]
  /** Packs: the table, or what a statement has taken from it. */
  readonly packs: RawBuilder<unknown>
  /** Which of them; their alias is `p`. */
  readonly where?: RawBuilder<unknown>
}

/** A longer interval says nothing of when the next row was due. */
const LONGEST_STEP_MS = 3_600_000

/**
 * When a row was due, µs after the pack's first: the `i`-th of a series comes `i - 1` intervals after the first. What is
 * stored is how far it was off, mostly some milliseconds, which takes a third of the room of the time itself.
 */
export const dueUs = (i: RawBuilder<unknown>, intervalMs: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(${i} - 1) * 1000 * least(${intervalMs}, ${sql.lit(LONGEST_STEP_MS)})`

/** A `select` without parentheses. */
export function unpackedRows({ schema, shape, columns, packs, where }: Unpacking): RawBuilder<unknown> {
  const { keys, measured } = partsOf(shape)
  const arrays = measured.filter(({ name }) => name === 'interval_ms' || columns.includes(name))
  const selected = columns.map((name) => {
    if (name === 'time') return sql`${TIME} as time`
    return keys.includes(name) ? sql`p.${sql.ref(name)}` : sql`u.${sql.ref(name)}`
  })
  const names = [sql.ref('off_us'), ...arrays.map(({ name }) => sql.ref(name)), sql.ref('i')]
  const elements = arrays.map((column) => elementsOf(schema, column))
  return sql`select ${sql.join(selected)} from ${packs} as p cross join lateral
    rows from (${sql.join([sql`unnest(p.off_us)`, ...elements])}) with ordinality as u (${sql.join(names)})
    where ${where ?? sql`true`}`
}

const TIME = sql`p.first + (u.off_us + ${dueUs(sql`u.i`, sql`u.interval_ms`)}) * interval '1 microsecond'`

function elementsOf(schema: string, column: TypedColumn): RawBuilder<unknown> {
  const array = sql`p.${sql.ref(column.name)}`
  return isNested(column) ? sql`${sql.table(`${schema}.${SLICES}`)}(${array})` : sql`unnest(${array})`
}
