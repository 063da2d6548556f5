// What a rebuild moves out of the live generation's lines is counted there no longer.

import { sql } from 'kysely'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { PlatformTx } from '../../admission.ts'
import type { DerivedTables, SealedDay } from '../../projector.ts'
import { LOGS_SHAPE } from '../tables.ts'
import { COUNTED_BY, COUNTED_MS, countedFromMs, LOG_COUNTS_SHAPE } from './tables.ts'

/** Counts are made with the lines: nothing is to be brought up to them. */
export const DERIVED_COUNTS: DerivedTables = {
  tables: [],
  bringUp: () => Promise.resolve(),
  sealDay: (tx, day) => recount(tx, day),
}

// In one statement, so that what is written meanwhile is either in both tables or in none. A day before counts are whole
// is counted by its lines.
async function recount(tx: PlatformTx, { live: { schema }, day }: SealedDay): Promise<void> {
  const fromMs = await countedFromMs(tx, schema)
  if (fromMs === undefined || day * DAY_MS < fromMs) return
  const [counts, lines] = [LOG_COUNTS_SHAPE, LOGS_SHAPE].map(({ table }) => sql.table(`${schema}.${table}`))
  const within = sql`time >= ${new Date(day * DAY_MS)} and time < ${new Date((day + 1) * DAY_MS)}`
  const names = sql.join(COUNTED_BY.map((name) => sql.ref(name)))
  const others = sql.join(COUNTED_BY.filter((name) => name !== 'time').map((name) => sql.ref(name)))
  await sql`lock table ${counts} in share row exclusive mode`.execute(tx)
  await sql`with gone as (delete from ${counts} where ${within})
    insert into ${counts} (${names}, lines)
    select date_bin(make_interval(secs => ${COUNTED_MS / 1000}), time, 'epoch'::timestamptz), ${others}, count(*)
    from ${lines} where ${within} group by 1, ${others}`.execute(tx)
}
