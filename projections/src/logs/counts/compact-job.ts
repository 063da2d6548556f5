// Counts of days that are over are added up: one row of each kind is left of as many as there were batches.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { liveSchema, NoGeneration } from '../../live-generation.ts'
import type { StorageJob } from '../../storage/storage-job.ts'
import { COUNTED_BY, countedFromMs, LOG_COUNTS_SHAPE } from './tables.ts'

/** What comes later than that stays as it comes. */
const DAYS = 3

export const logCounts: StorageJob = {
  name: 'log-counts',
  about: 'adds up the counts of log lines of the last days',
  schedule: 'daily',
  async run({ db, clock, signal }) {
    const schema = await liveSchema(db, 'logs').catch(noneYet)
    if (schema === undefined || (await countedFromMs(db, schema)) === undefined) return undefined
    const today = Math.floor(clock.nowMs() / DAY_MS)
    let removed = 0
    for (let day = today - DAYS; day < today; day++) {
      signal.throwIfAborted()
      removed += await addUp(db, schema, day)
    }
    return removed > 0 ? `removed ${removed} rows` : undefined
  },
}

// Lines are kept in Loki, or there were none yet.
function noneYet(error: unknown): undefined {
  if (!(error instanceof NoGeneration)) throw error
}

/** How many rows there are fewer. */
function addUp(db: Database, schema: string, day: number): Promise<number> {
  const counts = sql.table(`${schema}.${LOG_COUNTS_SHAPE.table}`)
  const names = sql.join(COUNTED_BY.map((name) => sql.ref(name)))
  const within = sql`time >= ${new Date(day * DAY_MS)} and time < ${new Date((day + 1) * DAY_MS)}`
  return db.transaction().execute(async (tx) => {
    // Whoever deletes some of them must not miss their sum.
    await sql`lock table ${counts} in share row exclusive mode`.execute(tx)
    const { rows: several } = await sql`select from ${counts} where ${within}
      group by ${names} having count(*) > 1 limit 1`.execute(tx)
    if (several.length === 0) return 0
    const { rows } = await sql<{ fewer: number }>`with gone as (
        delete from ${counts} where ${within} returning ${names}, lines),
      added as (insert into ${counts} (${names}, lines)
        select ${names}, sum(lines)::bigint from gone group by ${names} returning 1)
      select (select count(*) from gone)::int - (select count(*) from added)::int as fewer`.execute(tx)
    return rows[0]?.fewer ?? 0
  })
}
