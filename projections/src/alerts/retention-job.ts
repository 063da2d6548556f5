// What is over for a year leaves the read model of alerts.

import { NoGeneration } from '../live-generation.ts'
import { NotYet, settledMs, type StorageJob } from '../storage/storage-job.ts'
import { forgetOldAlerts } from './retention.ts'

export const alertRetention: StorageJob = {
  name: 'alert-retention',
  about: 'removes alerts, incidents and messages that were over a year ago',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    try {
      const removed = await forgetOldAlerts(context.db, settledMs(context))
      return removed > 0 ? `removed ${removed} rows` : undefined
    } catch (error) {
      throw error instanceof NoGeneration ? new NotYet('waits for the first alert tables') : error
    }
  },
}
