// `secumon verify`: the law of the system as a command. A shadow is built from archive and log up to where the live
// generation stands, and compared with it row by row, in one snapshot; live goes on meanwhile.

import type { RawBuilder } from 'kysely'
import { dropGeneration, lockGenerations, type Generation } from '../generations.ts'
import { beginRebuild, endRebuild } from './begin.ts'
import { catchUp, type Build, type BuildSources, type Target } from './build.ts'
import { checkpointsOf } from '../checkpoints.ts'
import { compareTables, type Comparison, type LeftOut } from './compare.ts'
import { whenLevel } from './level.ts'
import { underLock } from './rebuild.ts'
import { steering, type RebuildProgress } from './steering.ts'

export type VerifyOptions = BuildSources & {
  readonly rate?: number | null
  readonly signal: AbortSignal
  readonly onBegin?: (generation: Generation) => void
  readonly onProgress?: (progress: RebuildProgress) => void
  /** Rows of a table, named `r`, that somebody else removes from the live generation. */
  readonly leftOut?: (table: string) => RawBuilder<boolean> | undefined
}

export type Verified = {
  readonly live: Generation
  readonly tables: readonly Comparison[]
  /** Agents of which the live generation knows more than archive and log hold: compared from then on, or not at all. */
  readonly shortened: number
}

/**
 * @throws RebuildRunsElsewhere, NothingToRebuild, OtherCode, LiveStandsStill, RebuildCancelled, ArchiveDamaged; the
 *   shadow is dropped in any case
 */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const { db, projector } = options
  const { generation, live } = await beginRebuild(db, projector, { ...options, purpose: 'verify' })
  options.onBegin?.(generation)
  return underLock(db, generation, async () => {
    try {
      return await compareWithShadow(options, generation, live)
    } finally {
      await dropShadow(options, generation)
    }
  })
}

async function compareWithShadow(
  options: VerifyOptions,
  generation: Generation,
  live: Generation,
): Promise<Verified> {
  const { db } = options
  const build: Build = { ...options, generation, steering: steering({ ...options, ...generation }) }
  // Not beyond it: what the live generation has not taken yet would be a difference.
  const target: Target = async (stream) =>
    (await checkpointsOf(db, live)).find((standing) => standing.stream === stream)?.position
  await catchUp(build, target)
  const snapshot = await whenLevel(build, { live, target, exactly: true }, () => snapshotOf(options))
  try {
    await build.steering.enter('sealing')
    return { live, ...(await compareTables(snapshot, { ...comparing(options), live, shadow: generation })) }
  } finally {
    await snapshot.rollback().execute()
  }
}

// Both stand still until it is taken; then the live generation goes on.
async function snapshotOf({ db }: VerifyOptions) {
  const snapshot = await db.startTransaction().setIsolationLevel('repeatable read').execute()
  await snapshot.selectFrom('secumon.generations').select('generation').limit(1).execute()
  return snapshot
}

function comparing({ projector, clock, leftOut }: VerifyOptions): LeftOut {
  return { tables: projector.tables ?? [], nowMs: clock.nowMs(), ...(leftOut && { leftOut }) }
}

async function dropShadow({ db }: VerifyOptions, generation: Generation): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockGenerations(tx, generation.projection)
    await dropGeneration(tx, generation)
    await endRebuild(tx, generation, 'done')
  })
}
