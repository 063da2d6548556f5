// All that can be said of the storage: what it lies in, how large each relation is, what is done to it, and how long the
// disk lasts.

import type { Database } from '@secumon/infra/database/database'
import { describeDatabase, timeSeriesDatabase, type TimeSeriesEdition } from '@secumon/migrations/timescale'
import { isLow } from '../disk-space.ts'
import { listRelations, type RelationStatus } from './relations.ts'
import { storageSummary, type StorageSummary } from './summary.ts'

export type StorageStatus = StorageSummary & {
  /** What is used of the database, and what it could do. */
  readonly edition: TimeSeriesEdition
  readonly offered: TimeSeriesEdition
  /** What the database is, for people. */
  readonly database: string
  /** There is too little room: the oldest days go before their time. */
  readonly isDiskLow: boolean
  readonly relations: readonly RelationStatus[]
}

/** @throws what the database throws when it does not answer */
export async function storageStatus(db: Database, nowMs: number): Promise<StorageStatus> {
  const [found, summary, relations] = await Promise.all([
    timeSeriesDatabase(db),
    storageSummary(db, nowMs),
    listRelations(db),
  ])
  const { edition, offered } = found
  const space = summary.disk?.space
  const isDiskLow = space ? isLow(space) : false
  return { edition, offered, database: describeDatabase(found), relations, isDiskLow, ...summary }
}
