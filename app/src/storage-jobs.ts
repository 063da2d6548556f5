// The jobs of the storage in this process, with what is configured for them.

import type { Database } from '@secumon/infra/database/database'
import type { SettledClock } from '@secumon/infra/log/settled-clock'
import { logIndex } from '@secumon/projections/logs/index-job'
import { STORAGE_JOBS } from '@secumon/projections/storage/jobs'
import {
  JOBS_POOL_SIZE,
  JOBS_STATEMENT_TIMEOUT_MS,
  startScheduler,
} from '@secumon/projections/storage/scheduler'
import {
  describeDatabase,
  EditionNotThere,
  timeSeriesDatabase,
  type TimeSeriesDatabase,
} from '@secumon/migrations/timescale'
import { randomBytes } from 'node:crypto'
import { databaseDisk } from './database-disk.ts'
import { keptDays } from './kept-days.ts'
import { Exit, exitCode } from './exit.ts'
import type { Platform } from './platform.ts'

export type StorageJobsParts = { readonly control: Database; readonly settled: SettledClock }

/** Starts them. @throws Exit when there is no database */
export async function startStorageJobs(
  platform: Platform,
  { control, settled }: StorageJobsParts,
): Promise<{ stop(): Promise<void> }> {
  const { config, clock, logger } = platform
  // A name of its own, by which this process finds its statements again.
  const user = `jobs ${randomBytes(4).toString('hex')}`
  const db = await platform.database(user, JOBS_POOL_SIZE, JOBS_STATEMENT_TIMEOUT_MS)
  logger.info({ database: describeDatabase(await usedDatabase(control)) }, 'the database is known')
  const at = { ...config.retentionAt, zone: config.timeZone }
  return startScheduler({
    jobs: STORAGE_JOBS.filter((job) => job !== logIndex || config.logIndex !== 'off'),
    db,
    control,
    clock,
    settled,
    kept: keptDays(config),
    disk: databaseDisk(config),
    at,
    logger,
  })
}

// Before anything is done to it: what is wanted may not be there.
const usedDatabase = (db: Database): Promise<TimeSeriesDatabase> =>
  timeSeriesDatabase(db).catch((cause: unknown) => {
    if (!(cause instanceof EditionNotThere)) throw cause
    throw new Exit(exitCode.configuration, cause.message, { cause })
  })
