// Deletes rows of some before their day goes as a whole, a day at a time, in whatever form a relation is held.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
import { admitCompressed } from '@secumon/migrations/timescale'
import { sql, type RawBuilder } from 'kysely'
import pg from 'pg'
import { aggregatesOf } from './continuous/aggregates.ts'
import { packedName } from './packed/packed-shape.ts'
import { formOf } from './retention-drop.ts'

/** What goes: rows before the time. */
export type Cut = {
  /** Whose, said of columns that are the same for all rows of a series. */
  readonly whose: RawBuilder<unknown>
  readonly beforeMs: number
  /** There are none before; absent: nobody knows. */
  readonly fromMs?: number
}

export type RelationName = { readonly schema: string; readonly table: string }

export type Deletion = RelationName & {
  readonly cuts: readonly Cut[]
  /** Ends it between two days. */
  readonly signal: AbortSignal
}

/** Returns how many rows there were. Safe to be killed in the middle: the next call goes on. */
export async function deleteRows(db: Database, deletion: Deletion): Promise<number> {
  if (deletion.cuts.length === 0) return 0
  let removed = 0
  // One cut of a day by constants: a join would open what is compressed of everybody.
  for (const day of await daysOf(db, deletion))
    for (const cut of deletion.cuts.filter((each) => concerns(each, day))) {
      deletion.signal.throwIfAborted()
      removed += await deleteOnce(db, day, cut)
    }
  return removed
}

/** Rows of a day, or packs of them. */
type Day = {
  readonly relation: RawBuilder<unknown>
  readonly fromMs: number
  readonly toMs: number
  readonly isPacked: boolean
}

const concerns = ({ beforeMs, fromMs = -Infinity }: Cut, day: Day): boolean =>
  day.fromMs < beforeMs && day.toMs > fromMs

const UNDEFINED_TABLE = '42P01'

async function deleteOnce(db: Database, day: Day, cut: Cut): Promise<number> {
  try {
    return await db.transaction().execute(async (tx) => {
      await admitCompressed(tx)
      const { rows } = await sql<{ rows: number }>`with gone as (${deleteOf(day, cut)})
        select coalesce(sum(rows), 0)::float8 as rows from gone`.execute(tx)
      return rows[0]?.rows ?? 0
    })
  } catch (error) {
    // Its day has gone as a whole meanwhile.
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return 0
    throw error
  }
}

const deleteOf = ({ relation, isPacked, ...day }: Day, { whose, beforeMs }: Cut): RawBuilder<unknown> =>
  isPacked
    ? sql`delete from ${relation} where ${whose} and last < ${new Date(beforeMs)} returning rows`
    : sql`delete from ${relation} where ${whose} and time >= ${new Date(day.fromMs)}
        and time < ${new Date(Math.min(day.toMs, beforeMs))} returning 1 as rows`

const newestCut = ({ cuts }: Deletion): number => Math.max(...cuts.map(({ beforeMs }) => beforeMs))

async function daysOf(db: Database, deletion: Deletion): Promise<readonly Day[]> {
  const form = await formOf(db, deletion)
  if (form === undefined) return []
  if (form !== 'partitioned') return rangesOf(db, deletion, form)
  const { schema, table } = deletion
  const held = await listPartitions(db, schema)
  const partitions = (name: string, isPacked: boolean): Day[] =>
    (held.get(name) ?? []).map((day) => ({
      relation: sql.table(`${schema}.${partitionName({ table: name, day })}`),
      fromMs: day * DAY_MS,
      toMs: (day + 1) * DAY_MS,
      isPacked,
    }))
  // In this order: rows become packs meanwhile, and not the other way.
  return [...partitions(table, false), ...partitions(packedName(table), true)]
}

async function rangesOf(
  db: Database,
  deletion: Deletion,
  form: 'chunked' | 'table',
): Promise<readonly Day[]> {
  const { schema, table } = await storedIn(db, deletion)
  const relation = sql.table(`${schema}.${table}`)
  const oldest =
    form === 'table'
      ? sql<{ ms: number | null }>`select min(time) as ms from ${relation}`
      : sql<{ ms: number | null }>`select min(range_start) as ms from timescaledb_information.chunks
          where hypertable_schema = ${schema} and hypertable_name = ${table}`
  const toMs = newestCut(deletion)
  const oldestMs = (await oldest.execute(db)).rows[0]?.ms ?? toMs
  const count = Math.max(0, Math.ceil((toMs - oldestMs) / DAY_MS))
  return Array.from({ length: count }, (_, i) => ({
    relation,
    // What came meanwhile may be older than the oldest was.
    fromMs: i === 0 ? 0 : oldestMs + i * DAY_MS,
    toMs: oldestMs + (i + 1) * DAY_MS,
    isPacked: false,
  }))
}

/** Where the rows lie: a continuous aggregate keeps them in a hypertable of its own. */
export async function storedIn(db: Database, { schema, table }: RelationName): Promise<RelationName> {
  return (await aggregatesOf(db, schema)).get(table) ?? { schema, table }
}
