// The latest values of one agent: from what is being watched, from the shared cache, or from the tables.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { LiveFrameSchema } from '@secumon/contracts/gen/live'
import { liveAgentSubject } from '@secumon/contracts/subjects'
import { CacheUnavailable, type Cache } from '@secumon/infra/cache/cache'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Kysely } from 'kysely'
import type { TenantScope } from '../tenant-scope.ts'
import { mergeFrame, type FrameValues, type Latest } from './latest.ts'
import { warmLatest } from './warm.ts'

export type LatestListener = (latest: Latest) => void

export type LatestReader = {
  /** Undefined when the agent has sent nothing that is still kept. */
  latestOf(scope: TenantScope, agent: string): Promise<Latest | undefined>
  /** Calls back with every observation that becomes visible. Returns the unsubscribe. */
  watch(scope: TenantScope, agent: string, listener: LatestListener): () => void
}

export type LatestSources = {
  readonly db: Kysely<unknown>
  readonly log: Pick<EventLog, 'subscribeLive'>
  /** Shared by the processes; absent: the tables are asked. */
  readonly cache?: Cache<Latest>
}

type Watched = { readonly listeners: Set<LatestListener>; latest: Latest | undefined; stop: () => void }

/** One subscription per watched agent, however many look at it; what nobody watches costs nothing. */
export function createLatest({ db, log, cache }: LatestSources): LatestReader {
  const watched = new Map<string, Watched>()

  async function latestOf(scope: TenantScope, agent: string): Promise<Latest | undefined> {
    const entry = watched.get(liveAgentSubject(scope.tenant, agent))
    if (entry?.latest) return entry.latest
    const latest = (cache && (await cached(cache, scope, agent))) ?? (await warmLatest(db, scope, agent))
    if (entry && latest) entry.latest = completed(entry.latest, latest)
    return latest
  }

  function begin(scope: TenantScope, agent: string): Watched {
    const entry: Watched = { listeners: new Set(), latest: undefined, stop: () => undefined }
    entry.stop = log.subscribeLive(liveAgentSubject(scope.tenant, agent), (payload) => {
      entry.latest = mergeFrame(entry.latest, liveFrame(payload)) ?? entry.latest
      if (entry.latest) for (const listener of entry.listeners) listener(entry.latest)
    })
    return entry
  }

  function watch(scope: TenantScope, agent: string, listener: LatestListener): () => void {
    const subject = liveAgentSubject(scope.tenant, agent)
    const entry = watched.get(subject) ?? begin(scope, agent)
    watched.set(subject, entry)
    entry.listeners.add(listener)
    if (!entry.latest) latestOf(scope, agent).catch(() => undefined)
    return () => {
      entry.listeners.delete(listener)
      if (entry.listeners.size > 0 || watched.get(subject) !== entry) return
      watched.delete(subject)
      entry.stop()
    }
  }

  return { latestOf, watch }
}

// Frames that came while the tables were asked are newer, but processes come only once a minute.
function completed(seen: Latest | undefined, found: Latest): Latest {
  if (!seen) return found
  if (seen.processes_at !== null) return seen
  return { ...seen, processes: found.processes, processes_at: found.processes_at }
}

async function cached(
  cache: Cache<Latest>,
  { tenant }: TenantScope,
  agent: string,
): Promise<Latest | undefined> {
  try {
    return (await cache.read([{ tenant, agent }]))[0]
  } catch (error) {
    if (error instanceof CacheUnavailable) return undefined
    throw error
  }
}

function liveFrame(payload: Uint8Array): FrameValues {
  const { frame, receivedAtMs, clockOffsetMs } = fromBinary(LiveFrameSchema, payload)
  return {
    receivedAtMs: Number(receivedAtMs),
    clockOffsetMs: Number(clockOffsetMs),
    observations: () => fromBinary(AgentFrameSchema, frame).observations,
  }
}
