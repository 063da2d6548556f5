// One flush, one transaction: checkpoints, positions, holes and dead letters of all streams are written first, then the
// archive to its disk, then all of it is committed. What fails before the archive is written leaves nothing; what fails
// after it is found in the archive by whoever goes on, and adopted.

import type { DurableLane } from '@secumon/contracts/durable'
import type { ArchivedRecord, ArchiveKeys, ArchiveWriter, StreamMark } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { sql } from 'kysely'
import pg from 'pg'
import type { Hole, PlatformTx, PositionBook } from '../admission.ts'
import { advance, moveCheckpoint, type Checkpoint } from '../checkpoints.ts'
import { writeDeadLetters, type Refused } from '../dead-letters.ts'
import { readFactOnce } from '../facts.ts'
import { isInfrastructure } from '../failure.ts'
import { writeHoles } from '../holes.ts'
import type { Fact } from '../projector.ts'
import { writeProgress } from './adopt.ts'
import { ARCHIVE } from './archive-key.ts'
import { archivedRecords } from './archive-records.ts'

/** Where the archiver stands in a stream; moved by each commit. */
export type StreamPlace = { readonly stream: string; readonly book: PositionBook; checkpoint: Checkpoint }

export type FlushContext = {
  readonly db: Database
  readonly writer: ArchiveWriter
  readonly keys: ArchiveKeys
  readonly places: ReadonlyMap<string, StreamPlace>
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

export type Flushed = {
  /** How many were taken off the front of those given. */
  readonly messages: number
  readonly records: readonly ArchivedRecord[]
  readonly lanes: readonly DurableLane[]
  readonly holes: readonly Hole[]
  readonly refused: readonly Refused[]
  /** Taken before: a redelivery, or a log that was rolled back. */
  readonly seen: number
  /** Of the archive's own part, until every byte was on the disk. */
  readonly writeMs: number
}

/** Another record is archived at this one's place: this one is archived beside it, and told. */
export class RecordForked extends Error {
  override readonly name = 'RecordForked'
}

/**
 * Archives messages of any streams, each stream's in order. Content that the database does not take is halved down to
 * the message at fault, which is archived and becomes a dead letter.
 * @throws ArchiveFull with nothing done; CheckpointMoved and what else is not the messages' fault: then start again
 */
export async function* flushMessages(
  context: FlushContext,
  messages: readonly LogMessage[],
): AsyncGenerator<Flushed> {
  try {
    yield await flushOnce(context, { messages })
  } catch (error) {
    if (!isOfContent(error)) throw error
    const [only, other] = messages
    if (only && !other) return yield await flushOnce(context, { messages, refusedWith: error })
    const middle = messages.length >> 1
    for (const part of [messages.slice(0, middle), messages.slice(middle)])
      yield* flushMessages(context, part)
  }
}

const isOfContent = (error: unknown): boolean => error instanceof pg.DatabaseError && !isInfrastructure(error)

type Attempt = { readonly messages: readonly LogMessage[]; readonly refusedWith?: unknown }

type Move = {
  readonly place: StreamPlace
  readonly messages: readonly LogMessage[]
  readonly to: Checkpoint
}

async function flushOnce(context: FlushContext, attempt: Attempt): Promise<Flushed> {
  const nowMs = context.nowMs()
  const moves = movesOf(context, attempt.messages, nowMs)
  const flushed = await context.db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit = on`.execute(tx)
    for (const { place, to } of moves) await moveCheckpoint(tx, place.checkpoint, to, nowMs)
    const parts: Part[] = []
    for (const move of moves) parts.push(await takePart(tx, move, attempt))
    const holes = parts.flatMap((part) => part.holes)
    const refused = parts.flatMap((part) => part.refused)
    await writeHoles(tx, ARCHIVE, { holes, nowMs })
    await writeDeadLetters(tx, ARCHIVE, { refused, nowMs })
    const wanted = parts.flatMap((part) => part.messages)
    const written = await write(context, tx, { messages: wanted, moves })
    return { ...written, ...laneSums(parts), holes, refused, messages: attempt.messages.length }
  })
  for (const { place, to } of moves) {
    place.checkpoint = to
    place.book.confirm()
  }
  return flushed
}

function movesOf({ places }: FlushContext, messages: readonly LogMessage[], nowMs: number): Move[] {
  const moves: Move[] = []
  for (const [stream, its] of Map.groupBy(messages, (message) => message.stream)) {
    const place = places.get(stream)
    const newest = its.at(-1)
    if (!place || !newest) throw new RangeError(`no place is kept in the stream ${stream}`)
    moves.push({ place, messages: its, to: advance(place.checkpoint, newest, nowMs) })
  }
  return moves
}

type Part = {
  /** To be archived. */
  readonly messages: readonly LogMessage[]
  readonly admitted: readonly Fact[]
  readonly holes: readonly Hole[]
  readonly refused: readonly Refused[]
  readonly seen: number
}

async function takePart(tx: PlatformTx, { place, messages }: Move, attempt: Attempt): Promise<Part> {
  const refused: Refused[] = []
  const read = new Map<Fact, LogMessage>()
  for (const message of messages)
    try {
      if ('refusedWith' in attempt) throw attempt.refusedWith
      read.set(readFactOnce(message), message)
    } catch (error) {
      refused.push({ message, error })
    }
  const { admitted, holes, seen, forked } = await place.book.admit(tx, [...read.keys()])
  await place.book.write(tx)
  for (const fact of forked) {
    const message = read.get(fact)
    if (message)
      refused.push({ message, error: new RecordForked('another record is archived at this place') })
  }
  const wanted = new Set(admitted.filter(({ kind }) => kind !== 'watermark').map((fact) => read.get(fact)))
  for (const { message } of refused) wanted.add(message)
  return {
    messages: messages.filter((message) => wanted.has(message)),
    admitted,
    holes,
    refused,
    seen: seen.length,
  }
}

type Write = { readonly messages: readonly LogMessage[]; readonly moves: readonly Move[] }

// Where the database fails after the write, the write stays: it is whole, and will be adopted.
async function write(context: FlushContext, tx: PlatformTx, { messages, moves }: Write) {
  const { writer, keys, monotonicMs } = context
  const records = await archivedRecords(messages, keys)
  const startedMs = monotonicMs()
  const { flush } = await writer.write(records, moves.map(markOf)).catch(async (error: unknown) => {
    await writer.discard()
    throw error
  })
  const writeMs = monotonicMs() - startedMs
  if (records.length > 0) await writeProgress(tx, flush)
  return { records, writeMs }
}

const markOf = ({ place, to }: Move): StreamMark => ({
  stream: place.stream,
  position: to.position,
  hash: to.hash ?? new Uint8Array(),
})

function laneSums(parts: readonly Part[]): Pick<Flushed, 'lanes' | 'seen'> {
  const lanes = new Map<string, DurableLane>()
  for (const fact of parts.flatMap(({ admitted }) => admitted)) {
    if (fact.kind !== 'frame' && fact.kind !== 'gap') continue
    const { agent, lane, epoch } = fact.header
    const sequence = fact.kind === 'frame' ? fact.header.sequence : fact.header.last
    lanes.set(`${agent}/${lane}`, { agent, lane, epoch, sequence })
  }
  return { lanes: [...lanes.values()], seen: parts.reduce((sum, { seen }) => sum + seen, 0) }
}
