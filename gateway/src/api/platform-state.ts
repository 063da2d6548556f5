// How the platform itself is: how much comes in, how far the tables are behind, why the log does not take more. Looked
// at every five seconds, so that a page costs nothing.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema, LaneRecordSchema, type LaneRecord } from '@secumon/contracts/gen/frame'
import { RECEIVED_AT } from '@secumon/contracts/headers'
import { laneStream } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import type { EventLog, LogMessage } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { PlatformState } from './deps.ts'
import type { PlatformBody } from './schemas/platform.ts'
import { valuesIn } from './values-in.ts'

const LOOK_EVERY_MS = 5_000
/** Rates are means of the last minute: agents speak every few seconds. */
const LOOKS = 13
/** Ticks and signs of life of one shard: of the clock and of one gateway, each every 5 s. */
const TICKS_PER_SECOND = 0.4

export type PlatformStateDeps = {
  readonly db: Database
  readonly log: Pick<EventLog, 'trouble' | 'bounds' | 'messageAt'>
  readonly shards: number
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly everyMs?: number
}

type Look = { readonly atMs: number; readonly last: number }

/** Begins to look; stops when the signal aborts. */
export function watchPlatform(deps: PlatformStateDeps): PlatformState {
  let state: Omit<z.infer<typeof PlatformBody>, 'log_trouble'> = {
    at: deps.clock.nowMs(),
    frames_per_second: 0,
    values_per_second: 0,
    lag_ms: 0,
    backlog: 0,
    archive_lag_ms: 0,
    archive_full: false,
  }
  const looks: Look[] = []
  async function look(): Promise<void> {
    const streams = await headsOf(deps)
    const now: Look = {
      atMs: deps.clock.monotonicMs(),
      last: streams.reduce((sum, { last }) => sum + last, 0),
    }
    const [behind, archive, valuesPerFrame] = await Promise.all([
      behindness(deps, streams),
      archiveState(deps, streams),
      frameSize(deps, streams),
    ])
    looks.push(now)
    if (looks.length > LOOKS) looks.shift()
    const rate = rateOf(looks[0] ?? now, now, deps.shards)
    state = {
      at: deps.clock.nowMs(),
      frames_per_second: rate,
      values_per_second: Math.round(rate * valuesPerFrame * 10) / 10,
      ...behind,
      ...archive,
    }
  }
  void repeat(look, deps)
  return { now: () => ({ ...state, log_trouble: deps.log.trouble ?? null }) }
}

async function repeat(
  look: () => Promise<void>,
  { logger, signal, everyMs }: PlatformStateDeps,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await look()
    } catch (error) {
      // The numbers stay as old as `at` says; health reports what is missing.
      logger.debug({ err: error }, 'the state of the platform could not be read')
    }
    await delay(everyMs ?? LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function rateOf(from: Look, to: Look, shards: number): number {
  const records = (to.last - from.last) / Math.max(0.001, (to.atMs - from.atMs) / 1000)
  return Math.max(0, Math.round((records - TICKS_PER_SECOND * shards) * 10) / 10)
}

type Head = { readonly stream: string; readonly first: number; readonly last: number }

const headsOf = ({ log, shards }: PlatformStateDeps): Promise<Head[]> =>
  Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const stream = laneStream('telemetry', shard)
      const { first, last } = await log.bounds(stream)
      return { stream, first, last }
    }),
  )

type Behind = { readonly backlog: number; readonly lag_ms: number }

// Of the slowest projection that queries read.
async function behindness({ db, log }: PlatformStateDeps, heads: readonly Head[]): Promise<Behind> {
  const rows = await db
    .selectFrom('secumon.checkpoints as c')
    .innerJoin('secumon.projection_live as l', (join) =>
      join.onRef('l.projection', '=', 'c.projection').onRef('l.version', '=', 'c.version'),
    )
    .select(['c.stream', 'c.position', 'c.committed_at'])
    .where(
      'c.stream',
      'in',
      heads.map(({ stream }) => stream),
    )
    .execute()
  const behind = await Promise.all(
    rows.map(async ({ stream, position, committed_at }) => {
      const last = heads.find((head) => head.stream === stream)?.last ?? position
      const arrivedMs = arrivedAt(await log.messageAt(stream, position))
      return {
        backlog: Math.max(0, last - position),
        lag_ms: Math.max(0, committed_at - (arrivedMs ?? committed_at)),
      }
    }),
  )
  return {
    backlog: Math.max(0, ...behind.map(({ backlog }) => backlog)),
    lag_ms: Math.max(0, ...behind.map(({ lag_ms }) => lag_ms)),
  }
}

// The newest frame stands for all: agents of one version measure about as much.
async function frameSize({ log }: PlatformStateDeps, heads: readonly Head[]): Promise<number> {
  for (const { stream, last } of heads) {
    const values = await newest(log, { stream, last }, valuesOf)
    if (values !== undefined) return values
  }
  return 0
}

type Messages = Pick<EventLog, 'messageAt'>

// Ticks and signs of life lie between the frames.
async function newest(
  log: Messages,
  { stream, last }: Pick<Head, 'stream' | 'last'>,
  read: (message: LogMessage | undefined) => number | undefined,
): Promise<number | undefined> {
  for (let position = last; position > Math.max(0, last - 8); position--) {
    const found = read(await log.messageAt(stream, position))
    if (found !== undefined) return found
  }
  return undefined
}

function valuesOf(message: LogMessage | undefined): number | undefined {
  const record = message && recordOf(message)
  if (record?.case !== 'frame') return undefined
  return valuesIn(fromBinary(AgentFrameSchema, record.value.frame).observations)
}

// The time of what is not archived, whether or not an archiver runs.
async function archiveState({ db, log, clock }: PlatformStateDeps, heads: readonly Head[]) {
  const [positions, progress] = await Promise.all([
    db
      .selectFrom('secumon.checkpoints')
      .select(['stream', 'position'])
      .where('projection', '=', 'archive')
      .execute(),
    db.selectFrom('secumon.archive_progress').select('full_since').executeTakeFirst(),
  ])
  const lags = heads.map(async ({ stream, first, last }) => {
    const position = positions.find((row) => row.stream === stream)?.position ?? 0
    if (position >= last) return 0
    const oldest = await log.messageAt(stream, Math.max(first, position + 1))
    return Math.max(0, clock.nowMs() - (arrivedAt(oldest) ?? clock.nowMs()))
  })
  return {
    archive_lag_ms: Math.max(0, ...(await Promise.all(lags))),
    archive_full: (progress?.full_since ?? null) !== null,
  }
}

// A tick and a sign of life say themselves when they were written.
function arrivedAt(message: LogMessage | undefined): number | undefined {
  const header = Number(message?.header(RECEIVED_AT))
  if (Number.isFinite(header) && header > 0) return header
  const record = message && recordOf(message)
  return record?.case === 'tick' || record?.case === 'gatewayAlive' ? Number(record.value.atMs) : undefined
}

const recordOf = ({ payload }: LogMessage): LaneRecord['record'] =>
  fromBinary(LaneRecordSchema, payload).record
