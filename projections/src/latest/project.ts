// Keeps the latest values of every agent in a cache that processes share. Runs only where there is one: without it the
// API asks the tables and follows the live frames of what is being looked at.

import { CacheUnavailable, type Cache } from '@secumon/infra/cache/cache'
import type { Logger } from 'pino'
import type { FrameFact, Projector } from '../projector.ts'
import { mergeFrame, type Latest } from './latest.ts'

export type LatestProjectorOptions = {
  readonly cache: Cache<Latest>
  readonly logger: Logger
}

/** Sink `idempotent`: a frame told twice does no harm. */
export function latestProjector({ cache, logger }: LatestProjectorOptions): Projector {
  return {
    name: 'latest',
    version: 1,
    feeds: ['telemetry'],
    sink: 'idempotent',
    async project(batch) {
      const frames = batch.filter((fact) => fact.kind === 'frame')
      await refresh(cache, frames, logger)
      return undefined
    },
  }
}

// A cache that is away misses these values; the next frame of each agent puts it right.
async function refresh(cache: Cache<Latest>, frames: readonly FrameFact[], logger: Logger): Promise<void> {
  try {
    await storeLatest(cache, frames)
  } catch (error) {
    if (!(error instanceof CacheUnavailable)) throw error
    logger.warn({ err: error }, 'latest values are not cached')
  }
}

async function storeLatest(cache: Cache<Latest>, frames: readonly FrameFact[]): Promise<void> {
  const byAgent = Map.groupBy(frames, ({ header }) => header.agent)
  const keys = [...byAgent.values()].flatMap(([first]) => (first ? [first.header] : []))
  const known = await cache.read(keys)
  const entries = keys.flatMap(({ tenant, agent }, i) => {
    const latest = (byAgent.get(agent) ?? []).reduce(mergeFrame, known[i])
    return latest ? [{ tenant, agent, latest }] : []
  })
  await cache.write(entries)
}
