// The role `archiver`: what must happen once in a SecuMon, however many processes there are. Each part holds a lease.

import { LANES } from '@secumon/contracts/lanes'
import { startArchiveRetention } from '@secumon/infra/archive/archive-retention'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { startClockWriter } from '@secumon/infra/log/clock-writer'
import { startLogKeeper } from '@secumon/infra/log/keeper'
import type { ReconcileArchive } from '@secumon/infra/log/reconcile-log'
import { startReconciler } from '@secumon/infra/log/reconciler'
import { startSettledClock } from '@secumon/infra/log/settled-clock'
import { startArchiver, type Archiver } from '@secumon/projections/archive/archive-loop'
import { archiveDirectory, archivePlace } from '../archive-place.ts'
import { keepReserves, type DiskReserves } from '../disk-reserves.ts'
import type { Platform } from '../platform.ts'
import { projectorParts } from '../projector-parts.ts'
import { archives, loopsOf, readModels, type Loop } from '../projectors.ts'
import { startLoops } from '../project-loops.ts'
import { platformFigures } from '../platform-figures.ts'
import { startPlatformReadings } from '../platform-readings.ts'
import { startStorageJobs } from '../storage-jobs.ts'
import { safePosition } from '../safe-position.ts'
import { platformStatus } from '../status/platform-status.ts'
import { registerStatusMetrics } from '../status/status-metrics.ts'
import { streamsOf } from '../streams-of.ts'
import type { Health, RunningRole } from './role.ts'

const POOL_SIZE = 6
/** One that the archiver keeps, the others answer gateways. */
const ARCHIVER_POOL_SIZE = 3

export async function startArchiverRole(platform: Platform): Promise<RunningRole> {
  const { config, clock, logger, registry } = platform
  const log = await platform.log()
  const database = await platform.database('archiver', POOL_SIZE)
  const loops = await everyLoop(platform)
  const reserves = await keepReserves(platform, archiveDirectory(config))
  const common = { log, database, shards: config.shards, clock, logger, registry }
  // The others wait until the log is reconciled.
  const reconciler = startReconciler({ ...common, archive: await archiveToReconcile(platform, loops) })
  const events = await startLoops(platform, { user: 'archive', makers: archives })
  const archiver = await startArchive(platform, reserves)
  const streams = streamsOf({ feeds: ['events', ...LANES] }, config.shards)
  const archive = { directory: archiveDirectory(config), reserveBytes: config.reserveMb * 1024 ** 2 }
  registerStatusMetrics({ db: database, log, streams, archive, clock, registry })
  const status = { db: database, log, streams, archive, reconciled: true }
  const readings = startPlatformReadings({
    read: async () => platformFigures(await platformStatus({ ...status, nowMs: clock.nowMs() })),
    clock,
    logger,
  })
  const settled = startSettledClock({ clock, logger })
  const parts = [
    settled,
    startClockWriter({ ...common, platform: readings.newest }),
    readings,
    startLogKeeper({
      ...common,
      store: jetStreamEventStore(log),
      safePosition: (stream) => safePosition({ db: database, log, loops }, stream),
      ...(reserves.log && { disk: reserves.log }),
    }),
    await startStorageJobs(platform, { control: database, settled }),
    startArchiveRetention({
      ...archivePlace(config),
      database,
      clock: settled,
      logger,
      days: { telemetry: config.archiveTelemetryDays, logs: config.archiveLogsDays },
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()))
      await Promise.all([archiver.stop(), events.stop()])
      await reconciler.stop()
      await reserves.stop()
    },
    health: () => worst([archiver.health(), events.health?.() ?? { status: 'healthy' }]),
  }
}

async function startArchive(platform: Platform, { archive: reserve }: DiskReserves): Promise<Archiver> {
  const { config, clock, logger, registry } = platform
  const [log, db, keys] = await Promise.all([
    platform.log(),
    platform.database('archive writer', ARCHIVER_POOL_SIZE),
    platform.keys(),
  ])
  const place = archivePlace(config)
  return startArchiver({
    log,
    db,
    keys,
    clock,
    logger,
    registry,
    shards: config.shards,
    openWriter: (committedFlush) => openArchiveWriter({ ...place, keys, clock, logger, committedFlush }),
    onFull: async () => reserve?.release('the archive cannot be written'),
  })
}

async function archiveToReconcile(platform: Platform, loops: readonly Loop[]): Promise<ReconcileArchive> {
  const { config } = platform
  const keys = await platform.keys()
  return {
    reader: openArchiveReader({ ...archivePlace(config), keys }),
    keys,
    shards: config.shards,
    fed: loops.map(({ projector, stream }) => ({ projection: projector.name, stream })),
  }
}

const worst = (all: readonly Health[]): Health =>
  all.find(({ status }) => status !== 'healthy') ?? all[0] ?? { status: 'healthy' }

async function everyLoop(platform: Platform): Promise<Loop[]> {
  const { config } = platform
  const parts = await projectorParts(platform)
  return loopsOf([...readModels, ...archives], parts, config.shards)
}
