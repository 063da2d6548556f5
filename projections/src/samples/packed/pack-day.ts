// Packs a day of some agents: one statement takes their rows, and what was packed of that day before, and puts them back
// as one pack for each series. A row is in exactly one place at any moment, whoever looks and whatever is killed.

import type { Database } from '@secumon/infra/database/database'
import { partitionName, DAY_MS, type DayOfTable } from '@secumon/migrations/partitions'
import { sql, type RawBuilder } from 'kysely'
import { isNested, packedName, partsOf, type PackedShape, type TypedColumn } from './packed-shape.ts'
import { dueUs, unpackedRows } from './unpacked-rows.ts'

export type DayOfAgents = Omit<DayOfTable, 'table'> & {
  readonly shape: PackedShape
  /** As the database writes their uuids. */
  readonly agents: readonly string[]
}

/** Packs whose rows lie in a day. */
export const ofDay = (day: number): RawBuilder<unknown> =>
  sql`p.first >= ${new Date(day * DAY_MS)} and p.first < ${new Date((day + 1) * DAY_MS)}`

/**
 * In the transaction of `lockPacking`; the packs' day has to be there. Rows that arrive meanwhile stay rows. @throws what
 * the database does where the day has been dropped
 */
export async function packDay(tx: Database, day: DayOfAgents): Promise<void> {
  const { keys, measured } = partsOf(day.shape)
  const list = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))
  const columns = day.shape.columns.map(({ name }) => name)
  const lengths = measured.filter(isNested).map(({ name }) => sql`cardinality(${sql.ref(name)})`)
  const series = sql.join([...keys.map((key) => sql.ref(key)), ...lengths])
  const arrays = measured.map(arrayOf)
  await sql`with gone as (${taken(rowsOf(day), day)} returning ${list(columns)}),
    opened as (${taken(packsOf(day), day)} returning *),
    united as (select ${list(columns)} from gone union all ${unpackedRows({ ...day, columns, packs: sql`opened` })}),
    placed as (select *, row_number() over (series order by time) as i, min(time) over (series) as first
      from united window series as (partition by ${series}))
    insert into ${packsOf(day)}
      (first, last, rows, off_us, ${list([...keys, ...measured.map(({ name }) => name)])})
    select first, max(time), count(*),
      array_agg((extract(epoch from time - first) * 1000000)::bigint - ${dueUs(sql`i`, sql`interval_ms`)} order by i),
      ${sql.join([...keys.map((key) => sql.ref(key)), ...arrays])}
    from placed group by first, ${series}`.execute(tx)
}

const partition = ({ schema, ...day }: DayOfTable): RawBuilder<unknown> =>
  sql.table(`${schema}.${partitionName(day)}`)

const rowsOf = ({ shape, ...day }: DayOfAgents) => partition({ ...day, table: shape.table })
const packsOf = ({ shape, ...day }: DayOfAgents) => partition({ ...day, table: packedName(shape.table) })

const taken = (from: RawBuilder<unknown>, { agents }: DayOfAgents): RawBuilder<unknown> =>
  sql`delete from ${from} where agent_id = any (${agents}::uuid[])`

// What no row has takes no room; arrays of arrays must not be null.
function arrayOf(column: TypedColumn): RawBuilder<unknown> {
  const value = sql.ref(column.name)
  const array = sql`array_agg(${value} order by i)`
  return isNested(column)
    ? sql`${array} filter (where ${value} is not null)`
    : sql`case when count(${value}) > 0 then ${array} end`
}
