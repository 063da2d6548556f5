// The first part of a rebuild: what the archive holds, flush by flush. Positions make each record count once, whatever is
// read again after a crash; the flush is a checkpoint of its own, moved behind the rows.

import type { ArchiveReader, SegmentInfo, StreamMark } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { commitMessages } from '../batch.ts'
import { claimCheckpoint, moveCheckpoint, type Checkpoint } from '../checkpoints.ts'
import { projectionOf } from '../generations.ts'
import { archiveChunks, kindsOf, oneAhead, type Chunk } from './archive-chunks.ts'
import { BUILD_LIMITS, type Build } from './build.ts'
import type { Extent } from './steering.ts'
import { generationWriter, type GenerationWriter } from './generation-writer.ts'

/** Not a stream of the log: the checkpoint whose position is a flush of the archive. */
export const ARCHIVE_CHECKPOINT = 'archive'

/**
 * Takes everything that the archive holds now, and leaves each stream's checkpoint where the archive ends.
 * @throws RebuildCancelled, ArchiveDamaged, CheckpointMoved and what the database throws
 */
export async function replayArchive(build: Build, archive: ArchiveReader): Promise<void> {
  const { generation, db, signal, steering, projector, streams, clock } = build
  const heads = await archive.heads()
  let place = await claimCheckpoint(db, { ...projectionOf(generation), stream: ARCHIVE_CHECKPOINT })
  await steering.enter('archive', await extent(archive, build, place.position))
  const writer = generationWriter(build)
  const request = {
    kinds: kindsOf(projector),
    streams,
    afterFlush: place.position,
    untilFlush: heads.flush,
    limits: steering.limits(build.limits ?? BUILD_LIMITS),
    signal,
  }
  for await (const chunk of oneAhead(archiveChunks(archive, request))) {
    place = await take(writer, place, chunk)
    await steering.took({ messages: chunk.count, flush: chunk.flush })
  }
  signal.throwIfAborted()
  if (heads.flush > place.position)
    await moveCheckpoint(db, place, { ...place, position: heads.flush }, clock.nowMs())
  for (const mark of heads.marks) if (streams.includes(mark.stream)) await goOnFrom(build, mark)
}

// Rows first. Read again, they are seen; a flush that was passed too early would be lost.
async function take(writer: GenerationWriter, place: Checkpoint, chunk: Chunk): Promise<Checkpoint> {
  for (const [stream, messages] of chunk.messages) await takeFrom(writer, place, stream, messages)
  const to = { ...place, position: chunk.flush }
  await moveCheckpoint(writer.db, place, to, writer.nowMs())
  return to
}

async function takeFrom(
  writer: GenerationWriter,
  place: Checkpoint,
  stream: string,
  messages: readonly LogMessage[],
): Promise<void> {
  const context = { ...writer.contextOf(stream), advance: (from: Checkpoint) => from }
  for await (const committed of commitMessages(context, place, messages)) committed.afterCommit?.()
}

// Everything up to the mark has been taken: the log goes on behind it.
async function goOnFrom({ db, generation, clock }: Build, mark: StreamMark): Promise<void> {
  const { stream, position, hash } = mark
  const claimed = await claimCheckpoint(db, { ...projectionOf(generation), stream })
  await moveCheckpoint(db, claimed, { ...claimed, position, hash, marks: [] }, clock.nowMs())
}

// Events are kept for ever; what agents measured begins somewhere.
function horizonOf(segments: readonly SegmentInfo[]): number | undefined {
  const days = segments.filter(({ kind }) => kind !== 'events').map(({ day }) => Date.parse(day))
  return days.length > 0 ? Math.min(...days) : undefined
}

/** How many records there are of the kinds that are wanted, and where their time begins. */
async function extent(archive: ArchiveReader, { projector }: Build, afterFlush: number): Promise<Extent> {
  const kinds = kindsOf(projector)
  const segments = (await archive.segments()).filter(
    ({ kind, state, lastFlush }) => kinds.includes(kind) && state !== 'hashes' && lastFlush > afterFlush,
  )
  return {
    total: segments.reduce((sum, { leaves }) => sum + leaves, 0),
    untilFlush: Math.max(0, ...segments.map(({ lastFlush }) => lastFlush)),
    horizonMs: horizonOf(segments),
  }
}
