// Custom metrics that nothing comes of any more are forgotten once nothing of them is kept, by the platform or by the tenant
// whose they are; that values were refused, once no row is kept that could have been among them.

import { CUSTOM_SERIES_COUNTED_DAYS } from '@secumon/contracts/custom-metrics'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { retentions } from '../../retention/queries.ts'
import type { KeptDays } from '../../storage/kept-days.ts'
import { settledMs, type JobContext, type StorageJob } from '../../storage/storage-job.ts'
import { liveSamples } from '../retention-job.ts'
import { forgetSeries } from './forget-series.ts'
import { forgetRefused } from './refused.ts'

export const freeSeries: StorageJob = {
  name: 'free-series',
  about: 'forgets custom metrics of which nothing is kept any more',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const { db, kept } = context
    const { schema } = await liveSamples(context)
    const today = Math.floor(settledMs(context) / DAY_MS)
    const forgotten = await forgetAll(context, { schema, today })
    const refusedDays = Math.max(kept.raw, CUSTOM_SERIES_COUNTED_DAYS)
    await forgetRefused(db, schema, (today - refusedDays) * DAY_MS)
    return forgotten > 0 ? `forgot ${forgotten} series` : undefined
  },
}

type Today = { readonly schema: string; readonly today: number }

async function forgetAll({ db, kept }: JobContext, { schema, today }: Today): Promise<number> {
  const beforeMs = (days: Pick<KeptDays, 'raw' | 'rollup1hour'>): number =>
    (today - Math.max(days.raw, days.rollup1hour)) * DAY_MS
  let forgotten = await forgetSeries(db, { schema, beforeMs: beforeMs(kept) })
  for (const [tenant, days] of await retentions(db)) {
    const own = { schema, beforeMs: beforeMs({ ...kept, ...days }), whose: sql`tenant_id = ${tenant}` }
    forgotten += await forgetSeries(db, own)
  }
  return forgotten
}
