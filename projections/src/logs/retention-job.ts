// Drops days of log lines that are past their retention. What is in them stays in the archive.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS, dropChunksBefore, dropDaysBefore, type DaysBefore } from '@secumon/migrations/partitions'
import { isHypertable } from '@secumon/migrations/timescale'
import { liveSchema, NoGeneration } from '../live-generation.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { settledMs, type StorageJob } from '../storage/storage-job.ts'
import { LOG_COUNTS_SHAPE } from './counts/tables.ts'
import { logsProjector } from './project.ts'
import { LOGS_SHAPE } from './tables.ts'

export const logRetention: StorageJob = {
  name: 'log-retention',
  about: 'drops log lines past their retention; the archive keeps them longer',
  schedule: 'daily',
  deletes: true,
  async run(context) {
    const { db, kept, logger } = context
    const nowMs = settledMs(context)
    try {
      const schema = await liveSchema(db, 'logs')
      const sealed = await forgetSealed(db, logsProjector({ kept }), nowMs)
      const beforeMs = (Math.floor(nowMs / DAY_MS) - kept.logs) * DAY_MS
      await dropBefore(db, { schema, table: LOG_COUNTS_SHAPE.table, beforeMs })
      const dropped = await dropBefore(db, { schema, table: LOGS_SHAPE.table, beforeMs })
      if (dropped.length > 0) logger.info({ dropped }, 'log lines are past their retention')
      const did = [
        ...dropped.map((day) => `dropped ${day}`),
        ...(sealed > 0 ? [`removed ${sealed} sealed lines`] : []),
      ]
      return did.length > 0 ? did.join('; ') : undefined
    } catch (error) {
      // Lines are kept in Loki, or there were none yet.
      if (error instanceof NoGeneration) return undefined
      throw error
    }
  },
}

const dropBefore = async (db: Database, below: DaysBefore): Promise<string[]> =>
  (await isHypertable(db, below)) ? dropChunksBefore(db, below) : dropDaysBefore(db, below)
