// Brings the whole log up to what is archived: events first, for identities decide about lanes, then the lanes.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ArchiveKeys, ArchiveReader } from '../archive/archive.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { archivedHeads } from './archived-heads.ts'
import type { Fed } from './lane-taken.ts'
import { reconcileLanes, type LanesReport } from './reconcile-lanes.ts'
import { reconcileEvents, type ReconcileReport } from './reconcile.ts'
import { restoreEvents } from './restore-events.ts'
import { unlessDamaged } from './unless-damaged.ts'

/** The archive as reconcile needs it. */
export type ReconcileArchive = {
  readonly reader: ArchiveReader
  readonly keys: ArchiveKeys
  readonly shards: number
  /** Every enabled projection with the streams that feed it. */
  readonly fed: readonly Fed[]
}

export type ReconcileLogDeps = {
  readonly log: NatsEventLog
  readonly database: Kysely<PlatformTables>
  readonly logger: Logger
  /** Absent: only events are reconciled. */
  readonly archive?: ReconcileArchive
}

export type LogReport = ReconcileReport &
  LanesReport & {
    /** Envelopes that the database had lost. */
    readonly recovered: number
  }

const NO_LANES: LanesReport = { lanes: 0, behind: 0, republished: 0, incomplete: 0, forkedLanes: 0 }

/** @throws LogDisconnected, RestoreFailed, and what archive, vault and database throw: start again */
export async function reconcileLog(deps: ReconcileLogDeps, signal: AbortSignal): Promise<LogReport> {
  const { archive, database, logger } = deps
  if (!archive) {
    logger.warn('no archive here: lanes are not reconciled, agents send again what is not durable')
    return { recovered: 0, ...(await reconcileEvents(deps, signal)), ...NO_LANES }
  }
  const { reader, ...rest } = archive
  const heads = await archivedHeads(database, reader, logger)
  const context = { ...deps, ...rest, archive: reader }
  const recovered = await unlessDamaged(logger, () => restoreEvents(context, heads.aggregates, signal), 0)
  const events = await reconcileEvents(deps, signal)
  const lanes = await reconcileLanes(context, heads, signal)
  return { recovered, ...events, ...lanes }
}
