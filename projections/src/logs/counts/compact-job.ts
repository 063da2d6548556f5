// Counts of hours that are over are added up, so that facets of today stay cheap: hosts that say little leave a row a line.

import type { Database } from '@secumon/infra/database/database'
import { liveSchema, NoGeneration } from '../../live-generation.ts'
import type { StorageJob } from '../../storage/storage-job.ts'
import { foldCounts, HOUR_MS } from './fold-counts.ts'
import { countedFromMs } from './tables.ts'

/** What comes later is added up when the counts of its day are checked. */
const HOURS = 6

export const logCounts: StorageJob = {
  name: 'log-counts',
  about: 'adds up the counts of log lines of the last hours',
  schedule: { everyMs: HOUR_MS },
  async run({ db, clock, signal }) {
    const counted = await liveCounts(db)
    if (!counted) return undefined
    const toMs = Math.floor(clock.nowMs() / HOUR_MS) * HOUR_MS
    const { schema } = counted
    const fold = { schema, fromMs: toMs - HOURS * HOUR_MS, toMs, stepMs: HOUR_MS, signal }
    const fewer = await foldCounts(db, fold)
    return fewer > 0 ? `removed ${fewer} rows` : undefined
  },
}

/** Where lines are counted, and from when on; undefined where none are: they are kept in Loki, or there were none yet. */
export async function liveCounts(
  db: Database,
): Promise<{ readonly schema: string; readonly fromMs: number } | undefined> {
  try {
    const schema = await liveSchema(db, 'logs')
    const fromMs = await countedFromMs(db, schema)
    return fromMs === undefined ? undefined : { schema, fromMs }
  } catch (error) {
    if (error instanceof NoGeneration) return undefined
    throw error
  }
}
