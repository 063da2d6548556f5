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
import { replayArchive } from './replay-archive.ts'
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
  const { clock, signal, steering, streams, log } = build
  await untilReadable(log, signal)
  for (let reading = 1; build.archive && !signal.aborted; reading++) {
    await replayArchive(build, build.archive)
    if (reading === MOST_READINGS || !(await isCutOff(build))) break
  }
  await steering.enter('log')
  for (let tookMs = Infinity; tookMs > CLOSE_MS;) {
    signal.throwIfAborted()
    const startedMs = clock.monotonicMs()
    for (const stream of streams) await takeLog(build, stream, await target(stream))
    tookMs = clock.monotonicMs() - startedMs
  }
}

// The log no longer holds what comes next; the archive does by now.
async function isCutOff({ db, generation, streams, log }: Build): Promise<boolean> {
  for (const { stream, position } of await checkpointsOf(db, generation)) {
    if (!streams.includes(stream) || position === 0) continue
    if ((await log.bounds(stream)).first > position + 1) return true
  }
  return false
}
