// Simulated agents are for show: their samples and rollups go after a day, while everybody else's stay.

import { forgetSimulated, SIMULATED_EVERY_MS, SIMULATED_KEPT_MS } from './simulated.ts'
import { settledMs, type StorageJob } from '../storage/storage-job.ts'

export const simulatedRetention: StorageJob = {
  name: 'simulated-retention',
  about: 'removes samples and rollups of simulated agents after a day',
  schedule: { everyMs: SIMULATED_EVERY_MS },
  deletes: true,
  async run(context) {
    const beforeMs = settledMs(context) - SIMULATED_KEPT_MS
    const removed = await forgetSimulated(context.db, { beforeMs, signal: context.signal })
    return removed > 0 ? `removed ${removed} rows` : undefined
  },
}
