// Runs projections until they are stopped, on a pool that has a connection for each.

import { runProjector } from '@secumon/projections/project'
import { sharedReading } from '@secumon/projections/shared-reading'
import { reached, type Platform } from './platform.ts'
import { upgrades } from './build-sources.ts'
import { projectorParts } from './projector-parts.ts'
import { loopsOf, type Loop, type MakeProjector } from './projectors.ts'
import { requireShards } from './shards.ts'
import type { RunningRole } from './roles/role.ts'

/** Beside the connection that each loop keeps. */
const SPARE_CONNECTIONS = 2

export type LoopsOptions = {
  /** Named in pg_stat_activity. */
  readonly user: string
  readonly makers: readonly MakeProjector[]
}

/** Starts a loop for each projection and stream. They wait for log and database by themselves. */
export async function startLoops(platform: Platform, { user, makers }: LoopsOptions): Promise<RunningRole> {
  const { config, clock, logger, registry } = platform
  const log = await platform.log()
  const parts = await projectorParts(platform, log)
  const loops = loopsOf(makers, parts, config.shards)
  const db = await platform.database(user, loops.length + SPARE_CONNECTIONS)
  await reached('PostgreSQL', () => requireShards(db, config.shards))
  const keys = await platform.keys()
  const stopping = new AbortController()
  const common = { log: sharedReading(log), db, keys, clock, logger, registry, signal: stopping.signal }
  const upgrade = await upgrades(platform, stopping.signal)
  const outdated = new Map<Loop, string>()
  const done = Promise.all(
    loops.map((loop) => {
      const onOutdated = (what?: string) =>
        what === undefined ? outdated.delete(loop) : outdated.set(loop, what)
      return runProjector({ ...common, ...loop, upgrade: upgrade(loop.projector.name), onOutdated })
    }),
  )
  return {
    stop: async () => {
      stopping.abort()
      await done
    },
    health: () => {
      const [what] = outdated.values()
      if (what !== undefined) return { status: 'degraded', detail: what }
      return log.trouble === 'disconnected' || log.trouble === 'not_reconciled'
        ? { status: 'degraded', detail: `waits for the event log: ${log.trouble}` }
        : { status: 'healthy' }
    },
  }
}
