// Keeps the days of the sample tables: makes those ahead, drops those past their retention. Dead letters go with them, for
// what is past retention could not be stored any more.

import { DAY_MS, maintainPartitions } from '@secumon/migrations/partitions'
import type { Database } from '@secumon/infra/database/database'
import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'
import { forgetDeadLetters } from '../dead-letters.ts'
import { liveSchema, NoGeneration } from '../live-generation.ts'
import { pause } from '../pause.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { samplesProjector } from './project.ts'
import { SAMPLE_RETENTION_DAYS } from './retention-time.ts'

const INTERVAL_MS = 3_600_000
/** After a failure, and while the projector has not made its tables yet. */
const SOON_MS = 60_000

export type RetentionOptions = {
  readonly db: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly retentionDays?: number
}

/** Looks hourly, at once for the first time. Several processes may do so. */
export function startRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const done = (async () => {
    while (!stopping.signal.aborted) await pause(await maintain(options), stopping.signal)
  })()
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

async function maintain({
  db,
  clock,
  logger,
  retentionDays = SAMPLE_RETENTION_DAYS,
}: RetentionOptions): Promise<number> {
  try {
    const forgotten = await forgetDeadLetters(db, clock.nowMs() - retentionDays * DAY_MS)
    if (forgotten > 0) logger.warn({ forgotten }, 'dead letters past their retention were never taken')
    const removed = await forgetSealed(db, samplesProjector(), clock.nowMs())
    if (removed > 0) logger.info({ removed }, 'sealed samples are past their retention')
    const schema = await liveSchema(db, 'samples')
    const done = await maintainPartitions(db, { schema, nowMs: clock.nowMs(), retentionDays })
    if (done.created.length > 0 || done.dropped.length > 0) logger.info(done, 'days of the sample tables')
    return INTERVAL_MS
  } catch (error) {
    if (!(error instanceof NoGeneration))
      logger.warn({ err: error }, 'days of the sample tables: tried again soon')
    return SOON_MS
  }
}
