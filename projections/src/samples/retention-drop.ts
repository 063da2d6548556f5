// Drops what lies below a relation's floor, in whatever form the relation is held. Safe to be called again at any time:
// what a crash left behind, or late rows made again, goes with the next call.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS, dropChunksBefore, dropDaysBefore, type DaysBefore } from '@secumon/migrations/partitions'
import { isHypertable } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { dropPackedDays } from './packed/drop-packed.ts'

export type Dropped = {
  /** Of days and chunks, whose room goes back to the disk. */
  readonly names: readonly string[]
  /** Whose room is taken by rows to come. */
  readonly rows: number
}

/** @throws what the database throws while somebody keeps a day locked; the next call goes on */
export async function dropBefore(db: Database, below: DaysBefore, signal: AbortSignal): Promise<Dropped> {
  switch (await formOf(db, below)) {
    case 'partitioned':
      return { names: [...(await dropDaysBefore(db, below)), ...(await dropPackedDays(db, below))], rows: 0 }
    case 'chunked':
      return { names: await dropChunksBefore(db, below), rows: 0 }
    case 'table':
      return { names: [], rows: await deleteBefore(db, below, signal) }
    case undefined:
      return { names: [], rows: 0 }
  }
}

type Form = 'partitioned' | 'chunked' | 'table'

/** How a relation is held; undefined where there is none. */
export async function formOf(
  db: Database,
  { schema, table }: Pick<DaysBefore, 'schema' | 'table'>,
): Promise<Form | undefined> {
  const { rows } = await sql<{ kind: string }>`select c.relkind as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${table}`.execute(db)
  const kind = rows[0]?.kind
  if (kind === undefined) return undefined
  if (kind === 'p') return 'partitioned'
  // A view is a continuous aggregate.
  return kind === 'v' || (await isHypertable(db, { schema, table })) ? 'chunked' : 'table'
}

// A day at a time, so that no statement takes long and a stop loses little.
async function deleteBefore(
  db: Database,
  { schema, table, beforeMs }: DaysBefore,
  signal: AbortSignal,
): Promise<number> {
  const relation = sql.table(`${schema}.${table}`)
  const { rows } = await sql<{ oldest: number | null }>`select min(time) as oldest from ${relation}
    where time < ${new Date(beforeMs)}`.execute(db)
  let removed = 0
  for (let ms = rows[0]?.oldest ?? beforeMs; ms < beforeMs; ms += DAY_MS) {
    signal.throwIfAborted()
    const { numAffectedRows = 0n } = await sql`delete from ${relation}
      where time < ${new Date(Math.min(ms + DAY_MS, beforeMs))}`.execute(db)
    removed += Number(numAffectedRows)
  }
  return removed
}
