// Whatever looks at a generation's table as a whole sees its packs too, and whatever moves rows finds them as rows.

import type { Database } from '@secumon/infra/database/database'
import { createPartition } from '@secumon/migrations/partitions'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { lockPacking } from './lock-packing.ts'
import { ofDay } from './pack-day.ts'
import { packedName, packedShape } from './packed-shape.ts'
import { unpackedRows } from './unpacked-rows.ts'

export type TableOfGeneration = { readonly schema: string; readonly table: string }

/** All rows, of a day or of all time, with every column; to stand behind `from`. */
export async function allRows<Tables>(
  db: Kysely<Tables>,
  { schema, table }: TableOfGeneration,
  day?: number,
): Promise<RawBuilder<unknown>> {
  const shape = await packedShape(db, schema, table)
  const rows = sql.table(`${schema}.${table}`)
  if (!shape) return rows
  const columns = shape.columns.map(({ name }) => name)
  const packs = sql.table(`${schema}.${packedName(table)}`)
  const where = day === undefined ? sql`true` : ofDay(day)
  return sql`(select ${sql.join(columns.map((name) => sql.ref(name)))} from ${rows}
    union all ${unpackedRows({ schema, shape, columns, packs, where })})`
}

export type TimedTable = {
  readonly schema: string
  readonly name: string
  readonly agent: string
  readonly time: string
}

/** (agent, time) of every row, of a pack that of its first; to stand behind `from`. */
export async function timesHeld<Tables>(
  db: Kysely<Tables>,
  { schema, name, agent, time }: TimedTable,
): Promise<RawBuilder<unknown>> {
  const rows = sql`select ${sql.ref(agent)} as agent, ${sql.ref(time)} as time from ${sql.table(`${schema}.${name}`)}`
  if (!(await packedShape(db, schema, name))) return sql`(${rows})`
  return sql`(${rows} union all select agent_id, first from ${sql.table(`${schema}.${packedName(name)}`)})`
}

export type Unpacking = TableOfGeneration & {
  /** Counts from 1970-01-01 UTC. */
  readonly day: number
  /** The alias of packs is `p`. */
  readonly whose: RawBuilder<unknown>
}

/** Makes rows again of a day's packs. Until the transaction ends nobody packs them again. */
export async function unpackDay(tx: Database, { schema, table, day, whose }: Unpacking): Promise<void> {
  const shape = await packedShape(tx, schema, table)
  if (!shape) return
  await lockPacking(tx, schema)
  await createPartition(tx, { schema, table, day })
  const columns = shape.columns.map(({ name }) => name)
  const list = sql.join(columns.map((name) => sql.ref(name)))
  await sql`with opened as (
      delete from ${sql.table(`${schema}.${packedName(table)}`)} p where ${ofDay(day)} and ${whose} returning *)
    insert into ${sql.table(`${schema}.${table}`)} (${list})
    ${unpackedRows({ schema, shape, columns, packs: sql`opened` })}`.execute(tx)
}
