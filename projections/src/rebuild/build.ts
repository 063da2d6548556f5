// What all steps of building a generation share, and the order of the steps: the archive, then the log, until what is
// built stands where the live generation stands.

import type { Clock } from '@secumon/domain/clock'
import type { ArchiveKeys, ArchiveReader } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { Logger } from 'pino'
import { checkpointsOf } from '../checkpoints.ts'
import type { Generation } from '../generations.ts'
import type { ReadableLog } from '../log-readable.ts'
import { untilReadable } from '../log-readable.ts'
import type { LoopLimits } from '../project.ts'
import type { Projector } from '../projector.ts'
import { ARCHIVE_CHECKPOINT, replayArchive } from './replay-archive.ts'
import { takeLog } from './take-log.ts'
import type { Steering } from './steering.ts'

export type BuildLimits = Pick<LoopLimits, 'maxMessages' | 'maxBytes'>

/** Where everything comes from that a generation can be built from. */
export type BuildSources = {
  /** Announces nothing: what it projects is long past. */
  readonly projector: Projector
  /** All that feed the projection. */
  readonly streams: readonly string[]
  readonly log: ReadableLog
  /** Absent: there is none, and the log holds all that can be had. */
  readonly archive?: ArchiveReader | undefined
  /** Keeps three connections of it. */
  readonly db: Database
  /** Open what lies sealed in the log. */
  readonly keys?: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: BuildLimits
}

export type Build = BuildSources & {
  readonly generation: Generation
  readonly steering: Steering
  readonly signal: AbortSignal
}

/** The archive that is read here lacks what the archiver has written elsewhere. */
export class ArchiveElsewhere extends Error {
  override readonly name = 'ArchiveElsewhere'
}

/** How far a stream is to be taken: undefined where it feeds nothing yet. */
export type Target = (stream: string) => Promise<number | undefined>

export const BUILD_LIMITS: BuildLimits = { maxMessages: 4_000, maxBytes: 4 * 1024 ** 2 }
/** The log may be purged while the archive is read; more often than this it is the archive that lacks something. */
const MOST_READINGS = 3
/** A round over all streams that takes no longer leaves little to do. */
const CLOSE_MS = 1_000

/**
 * Takes archive and log until no more than about a second's worth is missing.
 * @throws RebuildCancelled, ArchiveDamaged, and what log and database throw; a later call goes on from where it was
 */
export async function catchUp(build: Build, target: Target): Promise<void> {
  const { archive, log, signal, steering } = build
  await untilReadable(log, signal)
  for (let reading = 1; ; reading++) {
    if (archive) await replayArchive(build, archive)
    await requireWholeArchive(build)
    await steering.enter('log')
    const asksAgain = archive !== undefined && reading < MOST_READINGS
    if (await takeLogs(build, target, asksAgain)) return
  }
}

/** Round after round, until one is short. False when the log has been purged meanwhile of what comes next. */
async function takeLogs(build: Build, target: Target, asksAgain: boolean): Promise<boolean> {
  const { clock, signal, streams } = build
  for (let tookMs = Infinity; tookMs > CLOSE_MS;) {
    const startedMs = clock.monotonicMs()
    for (const stream of streams) {
      signal.throwIfAborted()
      // Before each: taking the one before may have lasted hours.
      if (asksAgain && (await isCutOff(build))) return false
      await takeLog(build, stream, await target(stream))
    }
    tookMs = clock.monotonicMs() - startedMs
  }
  return true
}

// Where segments are that are still being written, only the archiver's machine knows; the log has what they hold, or this
// is not the archive that the archiver writes.
async function requireWholeArchive({ archive, db, generation, streams, log }: Build): Promise<void> {
  const written = await db.selectFrom('secumon.archive_progress').select('flush').executeTakeFirst()
  if (!archive || !written) return
  const standing = new Map((await checkpointsOf(db, generation)).map((at) => [at.stream, at.position]))
  if ((standing.get(ARCHIVE_CHECKPOINT) ?? 0) >= written.flush) return
  for (const stream of streams)
    if ((await log.bounds(stream)).first > (standing.get(stream) ?? 0) + 1)
      throw new ArchiveElsewhere(
        `the archiver has written flush ${written.flush}, but the archive here ends with ` +
          `${standing.get(ARCHIVE_CHECKPOINT) ?? 0} and the log no longer holds what is missing of ${stream}`,
      )
}

// The log no longer holds what comes next; the archive does by now.
async function isCutOff({ db, generation, streams, log }: Build): Promise<boolean> {
  for (const { stream, position } of await checkpointsOf(db, generation)) {
    if (!streams.includes(stream) || position === 0) continue
    if ((await log.bounds(stream)).first > position + 1) return true
  }
  return false
}
