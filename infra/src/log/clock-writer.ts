// Time as a record: while nothing arrives, projectors still learn that it passes.

import { create, toBinary } from '@bufbuild/protobuf'
import { LaneRecordSchema, TickSchema } from '@secumon/contracts/gen/frame'
import { clockSubject } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { EventLog } from '../eventlog/event-log.ts'
import { whileLeading, type Lease } from './lease.ts'
import { pause } from './pause.ts'

export const TICK_PERIOD_MS = 5_000
const LEASE_TTL_MS = 10_000

export type ClockWriterDeps = {
  readonly log: Pick<EventLog, 'append'>
  readonly database: Kysely<PlatformTables>
  readonly shards: number
  readonly clock: Clock
  readonly logger: Logger
  readonly periodMs?: number
  /** What the platform says of itself now, by metric of a platform condition; the ticks of the first shard say it. */
  readonly platform?: () => Readonly<Record<string, number>>
}

/** Appends a tick to each telemetry shard every 5 s for as long as this process holds the lease `clock`. */
export function startClockWriter(deps: ClockWriterDeps): { stop(): Promise<void> } {
  const { database, logger } = deps
  const stopping = new AbortController()
  const options = { database, name: 'clock', ttlMs: LEASE_TTL_MS, signal: stopping.signal, logger }
  const done = whileLeading(options, (lease) => writeTicks(deps, lease))
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

/** Appends ticks until the lease ends. A tick the log does not take is left out: time cannot be caught up. */
export async function writeTicks(deps: ClockWriterDeps, { fence, signal }: Lease): Promise<void> {
  const { clock, logger, shards, periodMs = TICK_PERIOD_MS } = deps
  const startMs = clock.monotonicMs()
  let trouble: string | undefined
  for (let tick = 1; !signal.aborted; tick++) {
    const reasons = await Promise.all(
      Array.from({ length: shards }, (_, shard) => appendTick(deps, shard, fence)),
    )
    const reason = reasons.find((each) => each !== undefined)
    if (reason !== undefined && reason !== trouble) logger.warn({ reason }, 'ticks are not taken')
    trouble = reason
    await pause(Math.max(0, startMs + tick * periodMs - clock.monotonicMs()), signal)
  }
}

async function appendTick(deps: ClockWriterDeps, shard: number, fence: number): Promise<string | undefined> {
  const { clock, platform } = deps
  const said = shard === 0 && platform ? { platform: { ...platform() } } : {}
  const value = create(TickSchema, { atMs: BigInt(clock.nowMs()), fence: BigInt(fence), ...said })
  const record = create(LaneRecordSchema, { record: { case: 'tick', value } })
  const outcome = await deps.log.append(
    clockSubject({ shard, kind: 'clock' }),
    toBinary(LaneRecordSchema, record),
  )
  return outcome.outcome === 'unavailable' ? outcome.reason : undefined
}
