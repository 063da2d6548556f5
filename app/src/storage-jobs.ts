// The jobs of the storage in this process, with what is configured for them.

import type { Database } from '@secumon/infra/database/database'
import type { SettledClock } from '@secumon/infra/log/settled-clock'
import { STORAGE_JOBS } from '@secumon/projections/storage/jobs'
import type { KeptDays } from '@secumon/projections/storage/kept-days'
import {
  JOBS_POOL_SIZE,
  JOBS_STATEMENT_TIMEOUT_MS,
  startScheduler,
} from '@secumon/projections/storage/scheduler'
import { randomBytes } from 'node:crypto'
import type { Config } from './config.ts'
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
  const at = { ...config.retentionAt, zone: config.timeZone }
  return startScheduler({
    jobs: STORAGE_JOBS,
    db,
    control,
    clock,
    settled,
    kept: keptDays(config),
    at,
    logger,
  })
}

/** How long everything is kept. */
export const keptDays = (config: Config): KeptDays => ({
  raw: config.rawDays,
  rollup5min: config.rollup5minDays,
  rollup1hour: config.rollup1hourDays,
  logs: config.logsDays,
})
