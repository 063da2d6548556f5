// How the platform is, in numbers: what `secumon status` prints and the archiver's metrics tell. Read from database, log
// and archive; nothing is changed.

import type { Database } from '@secumon/infra/database/database'
import { failingParts, type PartFailure } from '@secumon/projections/reactors/part-failures'
import { storageSummary, type StorageSummary } from '@secumon/projections/storage/queries/summary'
import { archiveStatus, type ArchiveStatus, type ArchiveView } from './archive-status.ts'
import { databaseStatus, type DatabaseStatus } from './database-status.ts'
import { reactorStatus, type ReactorStatus } from './reactor-status.ts'
import {
  lagStatus,
  streamStatus,
  takenStatus,
  type LagStatus,
  type LogView,
  type StreamStatus,
} from './log-status.ts'

export type PlatformStatus = DatabaseStatus & {
  /** False: the log has yet to be compared with its archive, and takes nothing until then. */
  readonly reconciled: boolean
  readonly streams: readonly StreamStatus[]
  /** Of live generations and of the archive, by stream. */
  readonly lags: readonly LagStatus[]
  readonly archive: ArchiveStatus
  /** Empty where no role alerter has ever run. */
  readonly reactors: readonly ReactorStatus[]
  /** Parts of alerting that fail again and again. */
  readonly failing: readonly PartFailure[]
  readonly storage: StorageSummary
}

export type StatusParts = {
  readonly db: Database
  readonly log: LogView
  /** Of the log, those that exist. */
  readonly streams: readonly string[]
  readonly reconciled: boolean
  readonly archive: ArchiveView
  readonly nowMs: number
}

/** @throws what database or log throw when they do not answer */
export async function platformStatus(parts: StatusParts): Promise<PlatformStatus> {
  const taken = await takenStatus(parts.db)
  const [streams, database, archive] = await Promise.all([
    streamStatus(parts.log, parts.streams),
    databaseStatus(parts.db),
    archiveStatus(parts.archive, parts.db),
  ])
  const { reconciled, log, nowMs } = parts
  const [lags, reactors, failing, storage] = await Promise.all([
    lagStatus({ log, nowMs, taken, streams }),
    reactorStatus(parts.db, streams),
    failingParts(parts.db),
    storageSummary(parts.db, nowMs),
  ])
  return { ...database, reconciled, streams, archive, lags, reactors, failing, storage }
}
