// The end of a rebuild: one transaction makes the built generation live and the live one retired, and turns the old one's
// process away, which begins again with the new one.

import { sql } from 'kysely'
import type { PlatformTx } from '../admission.ts'
import { checkpointsOf, type Standing } from '../checkpoints.ts'
import { pointQueriesAt, setState, type Generation } from '../generations.ts'
import type { Projector } from '../projector.ts'
import { carryTenantFloors } from './carry-floors.ts'
import { matchSealed } from './sealed.ts'
import { ARCHIVE_CHECKPOINT } from './replay-archive.ts'

export type Swap = {
  readonly projector: Projector
  readonly live: Generation
  readonly next: Generation
  readonly nowMs: number
}

/** In the transaction of `whenLevel`, which holds the live generation. */
export async function swap(tx: PlatformTx, { projector, live, next, nowMs }: Swap): Promise<void> {
  await projector.carryOver?.(tx as never, live.schema, next.schema)
  await matchSealed(tx, projector, next)
  await carryTenantFloors(tx, { live, next, nowMs })
  await rememberArchive(tx, live, next)
  await setState(tx, live, 'retired')
  await setState(tx, next, 'live')
  await pointQueriesAt(tx, next)
  // Whoever still works on the old one finds at its next commit that it has been taken over.
  await tx
    .updateTable('secumon.checkpoints')
    .set({ fence: sql<number>`fence + 1` })
    .where('projection', '=', live.projection)
    .where('version', '=', live.generation)
    .execute()
}

/**
 * Where the archive has to be read from, should the old generation come back: the flush up to which the new one has read
 * it, if the old one has all of that, else its beginning.
 */
async function rememberArchive(tx: PlatformTx, live: Generation, next: Generation): Promise<void> {
  const [old, built] = [await checkpointsOf(tx, live), await checkpointsOf(tx, next)]
  const flush = built.find(({ stream }) => stream === ARCHIVE_CHECKPOINT)?.position ?? 0
  const position = hasAllOf(old, built) ? flush : 0
  await tx
    .insertInto('secumon.checkpoints')
    .values({
      projection: live.projection,
      version: live.generation,
      stream: ARCHIVE_CHECKPOINT,
      position,
      hash: null,
      fence: 1,
      marks: '[]',
    })
    .onConflict((conflict) => conflict.columns(['projection', 'version', 'stream']).doUpdateSet({ position }))
    .execute()
}

const hasAllOf = (old: readonly Standing[], built: readonly Standing[]): boolean =>
  built.every(
    ({ stream, position }) =>
      stream === ARCHIVE_CHECKPOINT ||
      old.some((standing) => standing.stream === stream && standing.position >= position),
  )
