// Tells whoever is looking what has just become visible: frames over core NATS, and the latest values to a shared cache
// where there is one.

import { create, toBinary } from '@bufbuild/protobuf'
import { LiveFrameSchema } from '@secumon/contracts/gen/live'
import { liveAgentSubject } from '@secumon/contracts/subjects'
import { CacheUnavailable, type Cache } from '@secumon/infra/cache/cache'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import type { FrameFact, Projector } from '../projector.ts'
import { mergeFrame, type Latest } from './latest.ts'

export type LatestProjectorOptions = {
  readonly live: Pick<EventLog, 'publishLive'>
  /** Absent: the API keeps what is being looked at in its own memory. */
  readonly cache?: Cache<Latest>
  readonly logger: Logger
}

/** Sink `idempotent`: a frame told twice does no harm. */
export function latestProjector({ live, cache, logger }: LatestProjectorOptions): Projector {
  return {
    name: 'latest',
    version: 1,
    feeds: ['telemetry'],
    sink: 'idempotent',
    async project(batch) {
      const frames = batch.filter((fact): fact is FrameFact => fact.kind === 'frame')
      if (cache) await refresh(cache, frames, logger)
      for (const frame of frames) publish(live, frame)
      return undefined
    },
  }
}

function publish(
  live: LatestProjectorOptions['live'],
  { header, receivedAtMs, clockOffsetMs, bytes }: FrameFact,
): void {
  const message = create(LiveFrameSchema, {
    receivedAtMs: BigInt(Math.round(receivedAtMs)),
    clockOffsetMs: BigInt(Math.round(clockOffsetMs)),
    frame: bytes,
  })
  live.publishLive(liveAgentSubject(header.tenant, header.agent), toBinary(LiveFrameSchema, message))
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
