// The storage in a few figures, read quickly: what a status, metrics and rules about the platform need.

import type { Database } from '@secumon/infra/database/database'
import { readDiskFact, type DiskFact } from '../disk-space.ts'
import type { Growth } from '../growth.ts'
import { readGrowth } from '../measure-storage-job.ts'
import { listJobs, type JobStatus } from './jobs.ts'
import { rollupStatus, type RollupStatus } from './rollups.ts'

export type StorageSummary = {
  readonly jobs: readonly JobStatus[]
  readonly rollups: readonly RollupStatus[]
  /** Null before a role archiver has looked. */
  readonly disk: DiskFact | null
  readonly growth: Growth
}

/** @throws what the database throws when it does not answer */
export async function storageSummary(db: Database, nowMs: number): Promise<StorageSummary> {
  const [jobs, rollups, disk, growth] = await Promise.all([
    listJobs(db),
    rollupStatus(db, nowMs),
    readDiskFact(db),
    readGrowth(db),
  ])
  return { jobs, rollups, disk: disk ?? null, growth }
}
