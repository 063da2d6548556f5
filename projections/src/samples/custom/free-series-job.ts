// Custom metrics that nothing comes of any more are forgotten once nothing of them is kept. Against a tenant's number they
// have long ceased to count by then.

import { DAY_MS } from '@secumon/migrations/partitions'
import { settledMs, type StorageJob } from '../../storage/storage-job.ts'
import { liveSamples } from '../retention-job.ts'
import { forgetSeries } from './forget-series.ts'

export const freeSeries: StorageJob = {
  name: 'free-series',
  about: 'forgets custom metrics of which nothing is kept any more',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const { db, kept } = context
    const beforeMs = settledMs(context) - Math.max(kept.raw, kept.rollup1hour) * DAY_MS
    const { schema } = await liveSamples(context)
    const forgotten = await forgetSeries(db, { schema, beforeMs })
    return forgotten > 0 ? `forgot ${forgotten} series` : undefined
  },
}
