// All that can be said of the storage: what it lies in, how large each relation is, what is done to it, and how long the
// disk lasts.

import type { Database } from '@secumon/infra/database/database'
import { describeDatabase, timeSeriesDatabase, type TimeSeriesEdition } from '@secumon/migrations/timescale'
import { listRelations, type RelationStatus } from './relations.ts'
import { storageSummary, type StorageSummary } from './summary.ts'

export type StorageStatus = StorageSummary & {
  readonly edition: TimeSeriesEdition
  /** What the database is, for people. */
  readonly database: string
  readonly relations: readonly RelationStatus[]
}

/** @throws what the database throws when it does not answer */
export async function storageStatus(db: Database, nowMs: number): Promise<StorageStatus> {
  const [found, summary, relations] = await Promise.all([
    timeSeriesDatabase(db),
    storageSummary(db, nowMs),
    listRelations(db),
  ])
  return { edition: found.edition, database: describeDatabase(found), relations, ...summary }
}
