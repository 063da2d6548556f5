// Adds counts up: one row of each kind is left of as many as there were batches. Exact while others insert: what is added
// up is what was deleted, and what came meanwhile stays beside it.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { lockCounts } from './lock-counts.ts'
import { COUNTED_BY, LOG_COUNTS_SHAPE } from './tables.ts'

export const HOUR_MS = 3_600_000

export type Fold = {
  readonly schema: string
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  /** How much of it in one transaction. */
  readonly stepMs: number
  /** Ends it between two of them. */
  readonly signal: AbortSignal
}

/** How many rows there are fewer. */
export async function foldCounts(db: Database, { stepMs, ...fold }: Fold): Promise<number> {
  let fewer = 0
  for (let fromMs = fold.fromMs; fromMs < fold.toMs; fromMs += stepMs) {
    fold.signal.throwIfAborted()
    fewer += await addUp(db, { schema: fold.schema, fromMs, toMs: Math.min(fromMs + stepMs, fold.toMs) })
  }
  return fewer
}

async function addUp(
  db: Database,
  { schema, fromMs, toMs }: Omit<Fold, 'stepMs' | 'signal'>,
): Promise<number> {
  const counts = sql.table(`${schema}.${LOG_COUNTS_SHAPE.table}`)
  const names = sql.join(COUNTED_BY.map((name) => sql.ref(name)))
  const within = sql`time >= ${new Date(fromMs)} and time < ${new Date(toMs)}`
  const { rows: several } = await sql`select from ${counts} where ${within}
    group by ${names} having count(*) > 1 limit 1`.execute(db)
  if (several.length === 0) return 0
  return db.transaction().execute(async (tx) => {
    await lockCounts(tx, schema)
    const { rows } = await sql<{ fewer: number }>`with gone as (
        delete from ${counts} where ${within} returning ${names}, lines),
      added as (insert into ${counts} (${names}, lines)
        select ${names}, sum(lines)::bigint from gone group by ${names} returning 1)
      select (select count(*) from gone)::int - (select count(*) from added)::int as fewer`.execute(tx)
    return rows[0]?.fewer ?? 0
  })
}
