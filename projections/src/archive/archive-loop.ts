// The archiver: takes every message of every stream into the archive, once, and says how far it is. One process works,
// the others stand by, by the same lock and the same compare-and-set as the loops of projections. `durable`, which lets
// agents forget, is said after the archive is on its disk and the database has committed, and never otherwise.

import type { Clock } from '@secumon/domain/clock'
import { ArchiveFull, type ArchiveKeys, type ArchiveWriter } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import { LogDisconnected } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { backoffMs } from '../backoff.ts'
import { untilReadable, type ReadableLog } from '../log-readable.ts'
import { pause } from '../pause.ts'
import { withProjectionLock } from '../projection-lock.ts'
import { adoptArchive, committedFlush } from './adopt.ts'
import { announce, answerQuestions, type AnnouncingLog } from './announce.ts'
import type { BufferLimits } from './archive-buffer.ts'
import { ARCHIVER_LOCK } from './archive-key.ts'
import { archiveMetrics, type ArchiveMetrics } from './archive-metrics.ts'
import { archiveSession } from './archive-session.ts'
import { ArchiverState, type ArchiverHealth } from './archiver-state.ts'
import { makeRoom } from './make-room.ts'
import { withSignsOfLife } from './session-timeouts.ts'

const STANDBY_MS = 1_000

export type ArchiverOptions = {
  readonly log: ReadableLog & AnnouncingLog
  readonly shards: number
  /** The archiver keeps one connection of its pool while it works. */
  readonly db: Database
  /** Takes the archive over from whoever wrote it before, who has committed a flush. */
  readonly openWriter: (committedFlush: number) => Promise<ArchiveWriter>
  readonly keys: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly limits?: Partial<BufferLimits>
  /** The archive's disk has no room: make some. Called at each attempt. */
  readonly onFull?: () => Promise<void>
}

export type Archiver = {
  health(): ArchiverHealth
  /** Ends after the flush under way. */
  stop(): Promise<void>
}

/** What the parts of a running archiver share. */
export type Archiving = ArchiverOptions & {
  readonly state: ArchiverState
  readonly metrics: ArchiveMetrics
  readonly signal: AbortSignal
  /** Work goes well: the next failure is the first again. */
  readonly settled: () => void
}

/** Archives until it is stopped. Trouble with log, database or disk is waited out, logged and counted. */
export function startArchiver(options: ArchiverOptions): Archiver {
  const stopping = new AbortController()
  const logger = options.logger.child({ part: 'archiver' })
  const state = new ArchiverState(options.clock)
  const metrics = archiveMetrics(options.registry, state)
  const done = run({ ...options, logger, state, metrics, signal: stopping.signal })
  return {
    health: () => state.health(),
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

async function run(options: Omit<Archiving, 'settled'>): Promise<void> {
  const { db, signal, state, metrics, logger } = options
  for (let failures = 0; !signal.aborted;) {
    const archiving = { ...options, settled: () => (failures = 0) }
    try {
      const worked = await withProjectionLock(db, ARCHIVER_LOCK, (connection) =>
        withSignsOfLife(connection, () => work(archiving, connection)),
      )
      if (worked) continue
      state.standby()
      await pause(STANDBY_MS, signal)
    } catch (error) {
      state.failed(error)
      metrics.failures.inc()
      if (error instanceof ArchiveFull) await makeRoom(options, error)
      else logger.warn({ err: error, failures }, 'the archiver stops and starts again from its checkpoints')
      await pause(backoffMs(failures++), signal)
    }
  }
}

/** Holds the archive for as long as the connection lasts, over any number of the log's. */
async function work(archiving: Archiving, connection: Database): Promise<void> {
  const { log, signal, state, logger } = archiving
  const writer = await archiving.openWriter(await committedFlush(connection))
  const forget = answerQuestions(archiving)
  try {
    await adopt(archiving, connection, writer)
    while (!signal.aborted) {
      if (log.trouble === 'disconnected' || log.trouble === 'not_reconciled') state.waiting(log.trouble)
      await untilReadable(log, signal)
      if (signal.aborted) return
      try {
        await archiveSession(archiving, connection, writer)
      } catch (error) {
        if (!(error instanceof LogDisconnected)) throw error
        state.failed(error)
        logger.info({ err: error }, 'the archiver reads the log again from its checkpoints')
        await pause(backoffMs(0), signal)
      }
    }
  } finally {
    forget()
    // What was written and not committed is found by the next writer, and adopted.
    await writer
      .close()
      .catch((error: unknown) => logger.warn({ err: error }, 'the archive was not closed well'))
  }
}

async function adopt(archiving: Archiving, connection: Database, writer: ArchiveWriter): Promise<void> {
  const { metrics, logger } = archiving
  const chains = await adoptArchive(connection, writer)
  if (chains.length === 0) return
  metrics.adopted.inc(chains.length)
  logger.warn({ chains: chains.length, flush: writer.flush }, 'the archive is ahead of the database: adopted')
  announce(archiving, chains)
}
