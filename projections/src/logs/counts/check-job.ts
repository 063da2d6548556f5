// Counts of days that are over are held to the lines. A program from before there were counts writes lines alone while it
// runs beside newer ones, or in their stead.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { StorageJob } from '../../storage/storage-job.ts'
import { liveCounts } from './compact-job.ts'
import { foldCounts, HOUR_MS } from './fold-counts.ts'
import { isCounted, recountDay, type CountedDay } from './recount.ts'

/** What comes later than that stays as it comes. */
const DAYS = 3

export const logCountCheck: StorageJob = {
  name: 'log-count-check',
  about: 'checks the counts of log lines of the last days, and counts again what was not counted',
  schedule: 'daily',
  async run({ db, clock, logger, signal }) {
    const counted = await liveCounts(db)
    if (!counted) return undefined
    const { schema } = counted
    const today = Math.floor(clock.nowMs() / DAY_MS)
    const did: string[] = []
    let fewer = 0
    for (let day = today - DAYS; day < today; day++) {
      signal.throwIfAborted()
      const fromMs = day * DAY_MS
      if (fromMs >= counted.fromMs && (await madeRight(db, { schema, day })))
        did.push(`counted ${dateOf(day)} again`)
      else fewer += await foldCounts(db, { schema, fromMs, toMs: fromMs + DAY_MS, stepMs: HOUR_MS, signal })
    }
    if (did.length > 0) logger.warn({ did }, 'log lines had not been counted by whoever wrote them')
    if (fewer > 0) did.push(`removed ${fewer} rows`)
    return did.length > 0 ? did.join('; ') : undefined
  },
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** Whether there was something wrong. */
async function madeRight(db: Database, counted: CountedDay): Promise<boolean> {
  if (await isCounted(db, counted)) return false
  await db.transaction().execute((tx) => recountDay(tx, counted))
  return true
}
