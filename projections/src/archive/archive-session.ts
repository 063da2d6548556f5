// Reading all streams into one buffer and flushing it, for as long as the log's connection lasts.

import { RECEIVED_AT } from '@secumon/contracts/headers'
import { LANES } from '@secumon/contracts/lanes'
import { EVENTS_STREAM, laneStream } from '@secumon/contracts/subjects'
import { ArchiveFull, type ArchiveWriter } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { backoffMs } from '../backoff.ts'
import { claimCheckpoint, moveCheckpoint, type Checkpoint } from '../checkpoints.ts'
import { pause } from '../pause.ts'
import { positionBook } from '../position-book.ts'
import { resume } from '../resume.ts'
import { announce } from './announce.ts'
import { ArchiveBuffer, type BufferLimits } from './archive-buffer.ts'
import { flushMessages, type FlushContext, type Flushed, type StreamPlace } from './archive-flush.ts'
import { ARCHIVE } from './archive-key.ts'
import type { Archiving } from './archive-loop.ts'
import { countRecord } from './archive-metrics.ts'
import { makeRoom } from './make-room.ts'

const DEFAULT_LIMITS: BufferLimits = {
  flushBytes: 4 * 1024 ** 2,
  lingerMs: 400,
  maxBytes: 8 * 1024 ** 2,
  maxMessages: 16_384,
}
const READ_AHEAD_MESSAGES = 1_024
const HOUSEKEEPING_MS = 5_000

type Session = FlushContext & { readonly archiving: Archiving; readonly buffer: ArchiveBuffer }

/** Archives until the signal aborts. @throws LogDisconnected, CheckpointMoved, or what database or archive throw */
export async function archiveSession(
  archiving: Archiving,
  connection: Database,
  writer: ArchiveWriter,
): Promise<void> {
  const { clock, keys, limits } = archiving
  const buffer = new ArchiveBuffer({ ...DEFAULT_LIMITS, ...limits })
  const { connectionNumber } = archiving.log
  const places = await findPlaces(archiving, connection)
  const stopping = new AbortController()
  const signal = AbortSignal.any([stopping.signal, archiving.signal])
  const readers = [...places.values()].map((place) =>
    read(archiving, place, { buffer, signal, connectionNumber }),
  )
  const end = () => buffer.end()
  archiving.signal.addEventListener('abort', end, { once: true })
  const times = { nowMs: () => clock.nowMs(), monotonicMs: () => clock.monotonicMs() }
  try {
    await flushAll({ archiving, buffer, db: connection, writer, keys, places, ...times })
  } finally {
    archiving.signal.removeEventListener('abort', end)
    stopping.abort()
    buffer.end()
    await Promise.all(readers)
  }
}

const streamsOf = (shards: number): string[] => [
  EVENTS_STREAM,
  ...LANES.flatMap((lane) => Array.from({ length: shards }, (_, shard) => laneStream(lane, shard))),
]

async function findPlaces(
  archiving: Archiving,
  connection: Database,
): Promise<ReadonlyMap<string, StreamPlace>> {
  const places = new Map<string, StreamPlace>()
  for (const stream of streamsOf(archiving.shards)) {
    const checkpoint = await findPlace(archiving, connection, stream)
    places.set(stream, { stream, checkpoint, book: positionBook(stream, ARCHIVE) })
  }
  return places
}

async function findPlace(
  { log, clock, logger, metrics }: Archiving,
  connection: Database,
  stream: string,
): Promise<Checkpoint> {
  const claimed = await claimCheckpoint(connection, { ...ARCHIVE, stream })
  const { checkpoint, rolledBack } = await resume(log, claimed)
  metrics.position.set({ stream }, checkpoint.position)
  if (!rolledBack) return claimed
  metrics.rollbacks.inc()
  const places = { stream, from: claimed.position, to: checkpoint.position }
  logger.error(places, 'the log was rolled back behind the archive; reading again from an older place')
  await moveCheckpoint(connection, claimed, checkpoint, clock.nowMs())
  return checkpoint
}

type Reading = {
  readonly buffer: ArchiveBuffer
  readonly signal: AbortSignal
  readonly connectionNumber: number
}

/** Never rejects: the flushing side hears of what went wrong. */
async function read(
  { log, state, clock }: Archiving,
  { stream, checkpoint }: StreamPlace,
  { buffer, ...reading }: Reading,
): Promise<void> {
  try {
    const options = { ...reading, start: checkpoint.position + 1, maxMessages: READ_AHEAD_MESSAGES }
    for await (const batch of log.consume(stream, options)) {
      state.read(arrivedAtMs(batch[0], clock.nowMs()))
      await buffer.push(batch)
    }
  } catch (error) {
    buffer.fail(error)
  }
}

async function flushAll(session: Session): Promise<void> {
  const { buffer, archiving } = session
  let keptAtMs = -Infinity
  archiving.state.working()
  for (let taken = await buffer.take(); taken; taken = await buffer.take()) {
    const startedMs = session.monotonicMs()
    for (let rest = taken, attempt = 0; rest.length > 0 && !archiving.signal.aborted;)
      try {
        for await (const flushed of flushMessages(session, rest)) {
          rest = rest.slice(flushed.messages)
          report(session, flushed)
        }
      } catch (error) {
        if (!(error instanceof ArchiveFull)) throw error
        await makeRoom(archiving, error)
        await pause(backoffMs(attempt++), archiving.signal)
      }
    archiving.metrics.flushSeconds.observe((session.monotonicMs() - startedMs) / 1_000)
    archiving.settled()
    if (startedMs - keptAtMs < HOUSEKEEPING_MS) continue
    keptAtMs = startedMs
    await keepHouse(session)
  }
}

function report({ archiving, buffer, places, nowMs }: Session, flushed: Flushed): void {
  const { metrics, logger, state } = archiving
  announce(archiving, flushed.lanes)
  for (const record of flushed.records) countRecord(metrics, record)
  metrics.writeSeconds.observe(flushed.writeMs / 1_000)
  metrics.seen.inc(flushed.seen)
  metrics.holes.inc(flushed.holes.length)
  metrics.deadLetters.inc(flushed.refused.length)
  for (const { stream, checkpoint } of places.values()) metrics.position.set({ stream }, checkpoint.position)
  for (const { fact, expected, found } of flushed.holes)
    logger.error(
      { ...fact.source, expected, found },
      'platform hole: the log lacks what must have been there',
    )
  for (const { message, error } of flushed.refused)
    logger.error({ position: message.position, subject: message.subject, err: error }, 'archived unread')
  state.flushed(buffer.oldest && arrivedAtMs(buffer.oldest, nowMs()))
}

async function keepHouse({ archiving, writer, places }: Session): Promise<void> {
  const { log, metrics, logger } = archiving
  const measured = [...places.values()].map(async ({ stream, checkpoint }) =>
    metrics.backlog.set({ stream }, Math.max(0, (await log.bounds(stream)).last - checkpoint.position)),
  )
  await Promise.all(measured)
  try {
    await writer.sealDue()
  } catch (error) {
    // A segment that cannot be sealed now goes on being written.
    if (error instanceof ArchiveFull) await makeRoom(archiving, error)
    else logger.warn({ err: error }, 'segments were not sealed')
  }
}

function arrivedAtMs(message: LogMessage | undefined, nowMs: number): number {
  const text = message?.header(RECEIVED_AT)
  const atMs = Number(text)
  return text !== undefined && Number.isSafeInteger(atMs) && atMs > 0 ? Math.min(atMs, nowMs) : nowMs
}
