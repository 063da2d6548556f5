// The log keeper: the only one that removes anything from the log. It removes what everybody has taken and what is old
// enough, and never lets a lane forget where it stands.

import { LANES } from '@secumon/contracts/lanes'
import { laneStream } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { FILLING_SHARE } from '@secumon/domain/platform'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { StreamBounds } from '../eventlog/event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { fillReporter, type FillReporter } from './fill-reporter.ts'
import { keeperMetrics, type KeeperMetrics } from './keeper-metrics.ts'
import { whileLeading } from './lease.ts'
import { pause } from './pause.ts'
import { purgeStream, type PurgeReport } from './purge.ts'
import type { Reserve } from './reserve.ts'

const LEASE_TTL_MS = 30_000
const DEFAULT_PERIOD_MS = 60_000
const SHORT_OF_ROOM_PERIOD_MS = 10_000
const DEFAULT_KEEP_MS = 48 * 3_600_000
/** In a stream that is nearly full, what everybody has taken is kept this long only: agents must not wait for it. */
const KEEP_UNDER_PRESSURE_MS = 10 * 60_000

export type KeeperDeps = {
  readonly log: NatsEventLog
  /** Where the platform says that a stream is filling up. */
  readonly store: EventStore
  readonly database: Kysely<PlatformTables>
  readonly shards: number
  /**
   * The last position of a stream that nobody needs any more: the lowest of the checkpoints of the live generations of
   * all enabled projectors, and of the archive once there is one. Undefined: nothing may be removed.
   */
  readonly safePosition: (stream: string) => Promise<number | undefined>
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** How long what everybody has taken is kept, ms. Default 48 h. */
  readonly keepMs?: number
  readonly periodMs?: number
  /** Of the volume that the log lies on: while it is short of room, no more is kept than in a nearly full stream. */
  readonly disk?: Pick<Reserve, 'isShort' | 'shortage'>
}

/** Purges each lane's stream every minute for as long as this process holds the lease `keeper`. */
export function startLogKeeper(deps: KeeperDeps): { stop(): Promise<void> } {
  const { database, logger } = deps
  const stopping = new AbortController()
  const metrics = keeperMetrics(deps.registry)
  const options = { database, name: 'keeper', ttlMs: LEASE_TTL_MS, signal: stopping.signal, logger }
  const done = whileLeading(options, async ({ signal }) => {
    const reportFill = fillReporter(deps)
    while (!signal.aborted) {
      await keepRound(deps, { metrics, reportFill }, signal)
      await pauseBetween(deps, signal)
    }
  })
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

// Room that runs out ends the pause; while there is little, rounds follow each other faster.
function pauseBetween(
  { disk, periodMs = DEFAULT_PERIOD_MS }: KeeperDeps,
  signal: AbortSignal,
): Promise<void> {
  if (!disk) return pause(periodMs, signal)
  if (disk.isShort) return pause(Math.min(periodMs, SHORT_OF_ROOM_PERIOD_MS), signal)
  return pause(periodMs, AbortSignal.any([signal, disk.shortage]))
}

/** Who hears of what a round finds. */
export type RoundReports = { readonly metrics: KeeperMetrics; readonly reportFill: FillReporter }

/** Looks once at every lane's stream. What fails for one is reported and does not keep the others waiting. */
export async function keepRound(deps: KeeperDeps, reports: RoundReports, signal: AbortSignal): Promise<void> {
  for (const stream of laneStreams(deps.shards)) {
    if (signal.aborted) return
    try {
      reports.metrics.purged(await keepStream(deps, stream, signal))
      await watchFill(deps, reports, stream)
    } catch (error) {
      if (!signal.aborted) deps.logger.error({ err: error, stream }, 'the log keeper failed on a stream')
    }
  }
}

const laneStreams = (shards: number): string[] =>
  LANES.flatMap((lane) => Array.from({ length: shards }, (_, shard) => laneStream(lane, shard)))

async function keepStream(deps: KeeperDeps, stream: string, signal: AbortSignal): Promise<PurgeReport> {
  const { log, clock, keepMs = DEFAULT_KEEP_MS } = deps
  // What is read from here on holds for this connection: behind another one the log may be an older one.
  const { connectionNumber } = log
  const safe = await deps.safePosition(stream)
  if (safe === undefined) return { purged: 0, watermarks: 0 }
  const pressed = deps.disk?.isShort === true || isNearlyFull(await log.bounds(stream))
  const ageMs = pressed ? Math.min(keepMs, KEEP_UNDER_PRESSURE_MS) : keepMs
  const young = await log.upkeep.positionAt(stream, clock.nowMs() - ageMs)
  const upTo = Math.min(safe, young - 1)
  const report = await purgeStream(deps, { stream, upTo, connectionNumber, signal })
  if (report.purged > 0) deps.logger.info({ stream, ...report }, 'log purged')
  return report
}

async function watchFill({ log }: KeeperDeps, reports: RoundReports, stream: string): Promise<void> {
  const bounds = await log.bounds(stream)
  reports.metrics.fill(stream, bounds)
  await reports.reportFill({ stream, bytes: bounds.bytes, maxBytes: bounds.maxBytes })
}

const isNearlyFull = ({ bytes, maxBytes }: Pick<StreamBounds, 'bytes' | 'maxBytes'>): boolean =>
  maxBytes > 0 && bytes >= FILLING_SHARE * maxBytes
