// `secumon rebuild`: a new generation from archive and log beside the live one, which goes on untouched, and the swap once
// both stand at the same place. Killed at any moment, it goes on from there when it is called again.

import type { Database } from '@secumon/infra/database/database'
import type { PlatformTables, RebuildPurpose } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Generation } from '../generations.ts'
import { withProjectionLock } from '../projection-lock.ts'
import { beginRebuild, endRebuild, giveUp } from './begin.ts'
import { catchUp, type Build, type BuildSources, type Target } from './build.ts'
import { whenLevel } from './level.ts'
import { seal } from './sealed.ts'
import { RebuildCancelled, steering, type RebuildProgress } from './steering.ts'
import { swap } from './swap.ts'

export class RebuildRunsElsewhere extends Error {
  override readonly name = 'RebuildRunsElsewhere'
}

export type RebuildOptions = BuildSources & {
  readonly purpose: Exclude<RebuildPurpose, 'verify'>
  /** Messages a second at most; null: as fast as it goes; absent: as it was. */
  readonly rate?: number | null
  readonly signal: AbortSignal
  /** Called once it is known what is built, and whether it was begun before. */
  readonly onBegin?: (generation: Generation, isNew: boolean) => void
  readonly onProgress?: (progress: RebuildProgress) => void
}

export type Rebuilt = {
  readonly generation: Generation
  /** The one it took the place of: kept until it is dropped. */
  readonly retired: Generation
  /** Rows of it that were older than anything archive and log hold. */
  readonly sealedRows: number
}

/**
 * @throws RebuildRunsElsewhere, NothingToRebuild, OtherCode, NothingToUndo, RebuildCancelled, ArchiveDamaged, and the
 *   signal's reason; what was done stays done
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { generation, live, isNew } = await beginRebuild(options.db, options.projector, options)
  options.onBegin?.(generation, isNew)
  return underLock(options.db, generation, () => build(options, generation, live))
}

/**
 * For the project loop, which found that older code made the live generation: builds the one that was made for it. False
 * when another process does.
 */
export const upgrading = (options: Omit<RebuildOptions, 'purpose'>) => async (): Promise<boolean> => {
  try {
    await rebuild({ ...options, purpose: 'upgrade' })
    return true
  } catch (error) {
    if (error instanceof RebuildRunsElsewhere) return false
    throw error
  }
}

/** One process builds a generation. @throws RebuildRunsElsewhere */
export async function underLock<Result>(
  db: Database,
  { projection, generation }: Generation,
  work: () => Promise<Result>,
): Promise<Result> {
  const results: Result[] = []
  const key = { projection, version: generation, stream: 'build' }
  const held = await withProjectionLock(db, key, async () => void results.push(await work()))
  const [result] = results
  if (!held || result === undefined)
    throw new RebuildRunsElsewhere(`another process is building generation ${generation} of ${projection}`)
  return result
}

async function build(options: RebuildOptions, generation: Generation, live: Generation): Promise<Rebuilt> {
  const { projector, db, log } = options
  const made: Build = { ...options, generation, steering: steering({ ...options, ...generation }) }
  const target: Target = async (stream) => (await log.bounds(stream)).last
  try {
    await catchUp(made, target)
    await made.steering.enter('sealing')
    await projector.derived?.bringUp({
      ...made,
      nowMs: made.clock.nowMs(),
      say: (detail) => made.steering.say(detail),
    })
    const sealedRows = await seal(made, live)
    await whenLevel(made, { live, target }, async (tx) => {
      await swap(tx, { projector, live, next: generation, nowMs: made.clock.nowMs() })
      await endRebuild(tx, generation, 'done')
    })
    return {
      generation: { ...generation, state: 'live' },
      retired: { ...live, state: 'retired' },
      sealedRows,
    }
  } catch (error) {
    await settle(db, generation, { error, signal: options.signal })
    throw error
  }
}

type Ending = { readonly error: unknown; readonly signal: AbortSignal }

// What was interrupted goes on when it is called again, also after a fault.
async function settle(
  db: Kysely<PlatformTables>,
  generation: Generation,
  { error, signal }: Ending,
): Promise<void> {
  if (error instanceof RebuildCancelled) await giveUp(db, generation)
  else if (!signal.aborted)
    await db
      .transaction()
      .execute((tx) => endRebuild(tx, generation, 'failed', String(error)))
      .catch(() => undefined)
}
