// Jobs in tests: run once as the scheduler would, or by a scheduler of their own.

import type { Database } from '@secumon/infra/database/database'
import { timeSeriesEdition } from '@secumon/migrations/timescale'
import { pino } from 'pino'
import { DEFAULT_KEPT_DAYS } from '../kept-days.ts'
import type { JobContext, StorageJob } from '../storage-job.ts'

export const SILENT = pino({ level: 'silent' })

/** What a job gets, with a clock that has stood. */
export async function jobContext(db: Database, given: Partial<JobContext> = {}): Promise<JobContext> {
  return {
    db,
    edition: await timeSeriesEdition(db),
    clock: { nowMs: () => Date.now() },
    settledMs: Date.now(),
    kept: DEFAULT_KEPT_DAYS,
    disk: () => Promise.resolve(undefined),
    queriesFollowMs: 0,
    logger: SILENT,
    signal: AbortSignal.timeout(60_000),
    ...given,
  }
}

/** Runs a job once; what it says. */
export const runOnce = async (
  job: StorageJob,
  db: Database,
  given: Partial<JobContext> = {},
): Promise<string | undefined> => job.run(await jobContext(db, given))
