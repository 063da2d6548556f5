// What a projection can be built from again: its projector, telling nobody, the archive and the log.

import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import type { BuildSources } from '@secumon/projections/rebuild/build'
import { upgrading } from '@secumon/projections/rebuild/rebuild'
import { archivePlace } from './archive-place.ts'
import { Exit, exitCode } from './exit.ts'
import type { Platform } from './platform.ts'
import { projectorParts } from './projector-parts.ts'
import { archives, readModels } from './projectors.ts'
import { streamsOf } from './streams-of.ts'

/** One builds, one holds the live generation, one holds the right to build, one reads a snapshot. */
const POOL_SIZE = 5
/** Whole tables are moved and compared. */
const STATEMENT_TIMEOUT_MS = 24 * 3_600_000

/** @throws Exit 64 when no projection has this name */
export async function buildSources(platform: Platform, name: string): Promise<BuildSources> {
  const { config, clock, logger } = platform
  const parts = await projectorParts(platform)
  const projectors = [...readModels, ...archives].flatMap((make) => make(parts))
  const projector = projectors.find((known) => known.name === name)
  if (!projector) {
    const names = projectors.map((known) => known.name).join(', ')
    throw new Exit(exitCode.usage, `there is no projection ${name}; there are: ${names}`)
  }
  const [log, keys, db] = await Promise.all([
    platform.log(),
    platform.keys(),
    platform.database(`rebuild ${name}`, POOL_SIZE, STATEMENT_TIMEOUT_MS),
  ])
  // What has no tables shows what is now: the log is enough for it.
  const archive = projector.createTables && openArchiveReader({ ...archivePlace(config), keys })
  return { projector, streams: streamsOf(projector, config.shards), log, keys, db, clock, logger, archive }
}

/** For project loops: how newer code takes the place of older, by the name of the projection. */
export async function upgrades(platform: Platform, signal: AbortSignal) {
  const sources = new Map<string, Promise<BuildSources>>()
  return (name: string) => async (): Promise<boolean> => {
    const known = sources.get(name) ?? buildSources(platform, name)
    sources.set(name, known)
    return upgrading({ ...(await known), signal })()
  }
}
