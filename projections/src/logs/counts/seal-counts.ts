// What a rebuild moves out of the live generation's lines is counted there no longer; and what it has counted anew is
// added up before it goes live, for of days that are long over nobody does that later.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { BringingUp, DerivedTables, SealedDay } from '../../projector.ts'
import { foldCounts } from './fold-counts.ts'
import { recountDay } from './recount.ts'
import { countedFromMs, LOG_COUNTS_SHAPE } from './tables.ts'

/** Counts are made with the lines. */
export const DERIVED_COUNTS: DerivedTables = {
  tables: [],
  bringUp: foldAll,
  sealDay: sealCounts,
}

async function foldAll({ db, generation: { schema }, signal }: BringingUp): Promise<void> {
  if ((await countedFromMs(db, schema)) === undefined) return
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    select min(time) as first, max(time) as last from ${sql.table(`${schema}.${LOG_COUNTS_SHAPE.table}`)}`.execute(
    db,
  )
  const { first, last } = rows[0] ?? {}
  if (first === null || first === undefined || last === null || last === undefined) return
  const fromMs = Math.floor(first / DAY_MS) * DAY_MS
  await foldCounts(db, { schema, fromMs, toMs: last + 1, stepMs: DAY_MS, signal })
}

// A day before counts are whole is counted by its lines.
async function sealCounts(tx: PlatformTx, { live: { schema }, day }: SealedDay): Promise<void> {
  const fromMs = await countedFromMs(tx, schema)
  if (fromMs !== undefined && day * DAY_MS >= fromMs) await recountDay(tx, { schema, day })
}
