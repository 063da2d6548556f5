// The second part of a rebuild: what the log holds beyond the archive, up to a position and not further.

import { commitMessages } from '../batch.ts'
import { claimCheckpoint, moveCheckpoint, type Checkpoint } from '../checkpoints.ts'
import { projectionOf } from '../generations.ts'
import { resume } from '../resume.ts'
import type { Build } from './build.ts'
import { BUILD_LIMITS } from './build.ts'
import { generationWriter } from './generation-writer.ts'

/**
 * Takes a stream up to a position, as far as the log holds it.
 * @throws RebuildCancelled, CheckpointMoved and what log and database throw
 */
export async function takeLog(build: Build, stream: string, until: number | undefined): Promise<void> {
  const { connectionNumber } = build.log
  const place = await findPlace(build, stream)
  const { first, last } = await build.log.bounds(stream)
  const end = Math.min(until ?? 0, last)
  if (end >= first && end > place.position) await takeUpTo(build, place, { end, connectionNumber })
}

async function findPlace({ db, generation, log, clock }: Build, stream: string): Promise<Checkpoint> {
  const claimed = await claimCheckpoint(db, { ...projectionOf(generation), stream })
  const { checkpoint, rolledBack } = await resume(log, claimed)
  if (rolledBack) await moveCheckpoint(db, claimed, checkpoint, clock.nowMs())
  return checkpoint
}

type Extent = { readonly end: number; readonly connectionNumber: number }

async function takeUpTo(build: Build, from: Checkpoint, { end, connectionNumber }: Extent): Promise<void> {
  const { log, signal, steering, limits = BUILD_LIMITS } = build
  const { maxMessages } = steering.limits(limits)
  const context = generationWriter(build).contextOf(from.stream)
  let place = from
  const options = { start: from.position + 1, signal, maxMessages, connectionNumber }
  for await (const arrived of log.consume(from.stream, options)) {
    const wanted = arrived.filter(({ position }) => position <= end)
    if (wanted.length > 0)
      for await (const committed of commitMessages(context, place, wanted)) {
        committed.afterCommit?.()
        place = committed.checkpoint
      }
    await steering.took({ messages: wanted.length })
    if ((arrived.at(-1)?.position ?? 0) >= end) return
  }
  signal.throwIfAborted()
}
