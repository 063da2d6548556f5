// The streams of the log, and how far everybody is behind them.

import type { Database } from '@secumon/infra/database/database'
import type { LogLook } from '@secumon/infra/eventlog/look-at-log'
import { storedAtMs } from '@secumon/infra/eventlog/stored-at'
import { ARCHIVE } from '@secumon/projections/archive/archive-key'

export type LogView = Pick<LogLook, 'bounds' | 'nextMessage'>

export type StreamStatus = {
  readonly stream: string
  readonly messages: number
  readonly bytes: number
  /** 0: without a limit. */
  readonly maxBytes: number
  /** First and last position held. */
  readonly first: number
  readonly last: number
}

export type LagStatus = {
  readonly projection: string
  readonly stream: string
  /** Messages not taken. */
  readonly backlog: number
  /** Age of the oldest of them, ms; 0 when there is none. */
  readonly lagMs: number
}

export const streamStatus = (log: LogView, streams: readonly string[]): Promise<StreamStatus[]> =>
  Promise.all(
    streams.map(async (stream) => {
      const { maxBytes, ...bounds } = await log.bounds(stream)
      return { stream, ...bounds, maxBytes: Math.max(0, maxBytes) }
    }),
  )

/** How far a projection, or the archive, has taken a stream. */
export type TakenStatus = { readonly projection: string; readonly stream: string; readonly position: number }

/** Of live generations and of the archive. */
export const takenStatus = (db: Database): Promise<TakenStatus[]> =>
  db
    .selectFrom('secumon.checkpoints as at')
    .leftJoin('secumon.projection_live as live', (join) =>
      join.onRef('live.projection', '=', 'at.projection').onRef('live.version', '=', 'at.version'),
    )
    .select(['at.projection', 'at.stream', 'at.position'])
    .where((is) =>
      is.or([is('live.projection', 'is not', null), is('at.projection', '=', ARCHIVE.projection)]),
    )
    .orderBy('at.projection')
    .orderBy('at.stream')
    .execute()

type LagParts = {
  readonly log: LogView
  readonly nowMs: number
  /** Read before the streams were: who works at their end has gone beyond what was seen of them otherwise. */
  readonly taken: readonly TakenStatus[]
  readonly streams: readonly StreamStatus[]
}

/** Of streams that are not there nothing is said. */
export async function lagStatus({ log, nowMs, taken, streams }: LagParts): Promise<LagStatus[]> {
  const known = new Map(streams.map((status) => [status.stream, status]))
  const lags = taken.map(async ({ projection, stream, position }): Promise<LagStatus[]> => {
    const held = known.get(stream)
    if (!held) return []
    // Behind the end: the log was rolled back, and who stands there will read it again.
    const next = Math.max(position > held.last ? 1 : position + 1, held.first)
    const backlog = Math.max(0, held.last - next + 1)
    const oldest = backlog > 0 ? await log.nextMessage(stream, { subject: '>', position: next }) : undefined
    const atMs = oldest && storedAtMs(oldest)
    return [{ projection, stream, backlog, lagMs: atMs === undefined ? 0 : Math.max(0, nowMs - atMs) }]
  })
  return (await Promise.all(lags)).flat()
}
