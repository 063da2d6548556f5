// Simulated agents are for show: their samples go after a day, while everybody else's stay.

import { forgetSimulated, SIMULATED_EVERY_MS, SIMULATED_KEPT_MS } from './simulated.ts'
import type { StorageJob } from '../storage/storage-job.ts'

export const simulatedRetention: StorageJob = {
  name: 'simulated-retention',
  about: 'removes samples of simulated agents after a day',
  schedule: { everyMs: SIMULATED_EVERY_MS },
  deletes: true,
  async run({ db, clock }) {
    const removed = await forgetSimulated(db, clock.nowMs() - SIMULATED_KEPT_MS)
    return removed > 0 ? `removed ${removed} rows` : undefined
  },
}
