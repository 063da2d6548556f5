// Series of custom metrics that nothing comes of any more make room for others.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type RawBuilder } from 'kysely'
import { tablesOf } from '../../rebuild/columns.ts'

export type Forgotten = {
  /** Of a generation. */
  readonly schema: string
  /** What something has arrived of since that day stays. */
  readonly beforeMs: number
  /** Absent: everybody's. */
  readonly whose?: RawBuilder<unknown>
}

/** Forgets them; returns how many there were. */
export async function forgetSeries(
  db: Database,
  { schema, beforeMs, whose = sql`true` }: Forgotten,
): Promise<number> {
  // Older code made its generation without.
  if (!(await tablesOf(db, schema)).has('custom_series')) return 0
  const { numAffectedRows = 0n } = await sql`delete from ${sql.table(`${schema}.custom_series`)}
    where last_seen < date 'epoch' + ${Math.floor(beforeMs / DAY_MS)}::integer and ${whose}`.execute(db)
  return Number(numAffectedRows)
}
