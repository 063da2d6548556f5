// The moment in which two generations stand at the same position of every stream: the live one's checkpoints are locked,
// so that its process waits, and the other takes the little that is missing.

import { sql } from 'kysely'
import type { PlatformTx } from '../admission.ts'
import { checkpointsOf } from '../checkpoints.ts'
import { lockGenerations, type Generation } from '../generations.ts'
import { pause } from '../pause.ts'
import { catchUp, type Build, type Target } from './build.ts'
import { unsteered } from './steering.ts'
import { takeLog } from './take-log.ts'

/** The live generation has not got as far as what was built from the archive, and does not move. */
export class LiveStandsStill extends Error {
  override readonly name = 'LiveStandsStill'
}

/** The live generation's process is held up no longer than this. */
const HOLD_MS = 5_000
const LOOK_MS = 200
const PATIENCE_MS = 60_000

/**
 * Runs `work` in the transaction that holds the live generation where it is, once `build` has all that it has; catches
 * up again where holding would take too long.
 * @throws LiveStandsStill, and what `catchUp` and `work` throw
 */
export async function whenLevel<Result>(
  build: Build,
  { live, target, exactly = false }: Level,
  work: (tx: PlatformTx) => Promise<Result>,
): Promise<Result> {
  if (exactly) await liveHasAll(build, live)
  for (;;) {
    build.signal.throwIfAborted()
    const late = AbortSignal.timeout(HOLD_MS)
    try {
      return await build.db.transaction().execute(async (tx) => {
        await lockGenerations(tx, live.projection)
        const held = await holdCheckpoints(tx, live)
        await takeRest(build, held, late)
        return work(tx)
      })
    } catch (error) {
      if (!late.aborted || build.signal.aborted) throw error
      build.logger.info('the live generation has moved on too far; catching up again')
      await catchUp(build, target)
    }
  }
}

export type Level = {
  readonly live: Generation
  readonly target: Target
  /** What is built must not have more than the live generation either: wait until that has it too. */
  readonly exactly?: boolean
}

async function liveHasAll(build: Build, live: Generation): Promise<void> {
  const built = await checkpointsOf(build.db, build.generation)
  const startedMs = build.clock.monotonicMs()
  for (;;) {
    const held = new Map((await checkpointsOf(build.db, live)).map((at) => [at.stream, at.position]))
    const lacking = built.find(
      ({ stream, position }) => build.streams.includes(stream) && (held.get(stream) ?? 0) < position,
    )
    if (!lacking) return
    if (build.clock.monotonicMs() - startedMs > PATIENCE_MS)
      throw new LiveStandsStill(`${lacking.stream}: the live generation does not get to ${lacking.position}`)
    await pause(LOOK_MS, build.signal)
    build.signal.throwIfAborted()
  }
}

type Held = ReadonlyMap<string, number>

async function holdCheckpoints(tx: PlatformTx, { projection, generation }: Generation): Promise<Held> {
  await sql`set local lock_timeout = ${sql.lit(HOLD_MS)}`.execute(tx)
  const rows = await tx
    .selectFrom('secumon.checkpoints')
    .select(['stream', 'position'])
    .where('projection', '=', projection)
    .where('version', '=', generation)
    .orderBy('stream')
    .forUpdate()
    .execute()
  return new Map(rows.map(({ stream, position }) => [stream, position]))
}

async function takeRest(build: Build, held: Held, late: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([build.signal, late])
  const hurried = { ...build, signal, steering: unsteered(build.steering) }
  for (const stream of build.streams) {
    signal.throwIfAborted()
    await takeLog(hurried, stream, held.get(stream))
  }
}
