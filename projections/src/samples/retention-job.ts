// Drops the days of the sample tables past their retention. Dead letters go with them, for what is past retention could
// not be stored any more.

import { DAY_MS, dropOldDays } from '@secumon/migrations/partitions'
import { forgetDeadLetters } from '../dead-letters.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { settledMs, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { samplesSchema } from './days-ahead-job.ts'
import { samplesProjector } from './project.ts'

export const retention: StorageJob = {
  name: 'retention',
  about: 'drops samples past their retention, and dead letters with them',
  schedule: 'daily',
  async run(context) {
    const nowMs = settledMs(context)
    await forgetWhatWasNeverTaken(context, nowMs)
    const { db, kept, logger } = context
    const removed = await forgetSealed(db, samplesProjector({ kept }), nowMs)
    if (removed > 0) logger.info({ removed }, 'sealed samples are past their retention')
    const schema = await samplesSchema(context)
    const dropped = await dropOldDays(db, { schema, nowMs, retentionDays: kept.raw })
    if (dropped.length === 0) return undefined
    logger.info({ dropped }, 'days of the sample tables are past their retention')
    return `dropped ${dropped.join(', ')}`
  },
}

async function forgetWhatWasNeverTaken({ db, kept, logger }: JobContext, nowMs: number): Promise<void> {
  const forgotten = await forgetDeadLetters(db, nowMs - kept.raw * DAY_MS)
  if (forgotten > 0) logger.warn({ forgotten }, 'dead letters past their retention were never taken')
}
