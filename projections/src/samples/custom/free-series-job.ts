// Custom metrics that nothing comes of any more are forgotten once nothing of them is kept. Against a tenant's number they
// have long ceased to count by then.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { settledMs, type StorageJob } from '../../storage/storage-job.ts'
import { liveSamples } from '../retention-job.ts'

export const freeSeries: StorageJob = {
  name: 'free-series',
  about: 'forgets custom metrics of which nothing is kept any more',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const { db, kept } = context
    const nowMs = settledMs(context)
    const { schema } = await liveSamples(context)
    const day = Math.floor(nowMs / DAY_MS) - Math.max(kept.raw, kept.rollup1hour)
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(`${schema}.custom_series`)}
      where last_seen < date 'epoch' + ${day}::integer`.execute(db)
    return numAffectedRows > 0n ? `forgot ${numAffectedRows} series` : undefined
  },
}
