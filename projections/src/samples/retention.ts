// Keeps the days of the sample tables: makes those ahead, drops those past their retention by a clock that has stood for
// an hour. Dead letters go with them, for what is past retention could not be stored any more.

import { DAY_MS, dropOldDays, makeDaysAhead } from '@secumon/migrations/partitions'
import type { Database } from '@secumon/infra/database/database'
import type { SettledClock } from '@secumon/infra/log/settled-clock'
import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'
import { forgetDeadLetters } from '../dead-letters.ts'
import { liveSchema, NoGeneration } from '../live-generation.ts'
import { pause } from '../pause.ts'
import { forgetSealed } from '../rebuild/sealed.ts'
import { samplesProjector } from './project.ts'
import { SAMPLE_RETENTION_DAYS } from './retention-time.ts'

const INTERVAL_MS = 3_600_000
/** After a failure, and while there are no tables yet or no clock to trust. */
const SOON_MS = 60_000

export type RetentionOptions = {
  readonly db: Database
  readonly clock: Pick<Clock, 'nowMs'>
  /** By it rows, days and dead letters are old. */
  readonly settled: SettledClock
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

async function maintain(options: RetentionOptions): Promise<number> {
  const { db, clock, settled, logger } = options
  try {
    const nowMs = settled.nowMs()
    if (nowMs !== undefined) await forget(options, nowMs)
    const schema = await liveSchema(db, 'samples')
    const created = await makeDaysAhead(db, { schema, nowMs: clock.nowMs() })
    if (created.length > 0) logger.info({ created }, 'days of the sample tables are made')
    return nowMs === undefined ? SOON_MS : INTERVAL_MS
  } catch (error) {
    if (!(error instanceof NoGeneration))
      logger.warn({ err: error }, 'days of the sample tables: tried again soon')
    return SOON_MS
  }
}

async function forget(
  { db, logger, retentionDays = SAMPLE_RETENTION_DAYS }: RetentionOptions,
  nowMs: number,
): Promise<void> {
  const forgotten = await forgetDeadLetters(db, nowMs - retentionDays * DAY_MS)
  if (forgotten > 0) logger.warn({ forgotten }, 'dead letters past their retention were never taken')
  const removed = await forgetSealed(db, samplesProjector(), nowMs)
  if (removed > 0) logger.info({ removed }, 'sealed samples are past their retention')
  const schema = await liveSchema(db, 'samples')
  const dropped = await dropOldDays(db, { schema, nowMs, retentionDays })
  if (dropped.length > 0) logger.info({ dropped }, 'days of the sample tables are past their retention')
}
