// The role `archiver`: what must happen once in a SecuMon, however many processes there are. Each part holds a lease.

import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { startClockWriter } from '@secumon/infra/log/clock-writer'
import { startLogKeeper } from '@secumon/infra/log/keeper'
import { startReconciler } from '@secumon/infra/log/reconciler'
import { startRetention } from '@secumon/projections/samples/retention'
import { join } from 'node:path'
import { keepReserves } from '../disk-reserves.ts'
import type { Platform } from '../platform.ts'
import { archives, loopsOf, readModels, type Loop } from '../projectors.ts'
import { startLoops } from '../project-loops.ts'
import { startSimulatedRetention } from '../simulated-retention.ts'
import { safePosition } from '../safe-position.ts'
import type { RunningRole } from './role.ts'

const POOL_SIZE = 6

export async function startArchiver(platform: Platform): Promise<RunningRole> {
  const { config, clock, logger, registry } = platform
  const log = await platform.log()
  const database = await platform.database('archiver', POOL_SIZE)
  const loops = await everyLoop(platform)
  const reserves = await keepReserves(platform, join(config.dataDirectory, 'archive'))
  const common = { log, database, shards: config.shards, clock, logger, registry }
  // The others wait until the log is reconciled.
  const reconciler = startReconciler(common)
  const archive = await startLoops(platform, { user: 'archive', makers: archives })
  const parts = [
    startClockWriter(common),
    startLogKeeper({
      ...common,
      store: jetStreamEventStore(log),
      safePosition: (stream) => safePosition(database, loops, stream),
      ...(reserves.log && { disk: reserves.log }),
    }),
    startRetention({ db: database, clock, logger }),
    startSimulatedRetention({ database, clock, logger }),
  ]
  return {
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()))
      await archive.stop()
      await reconciler.stop()
      await reserves.stop()
    },
    ...(archive.health && { health: archive.health }),
  }
}

async function everyLoop(platform: Platform): Promise<Loop[]> {
  const { config, logger } = platform
  const parts = { live: { publishLive: () => undefined }, logger, cache: await platform.latestCache() }
  return loopsOf([...readModels, ...archives], parts, config.shards)
}
