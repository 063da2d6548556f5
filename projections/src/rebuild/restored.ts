// After a restore the tables are to come from the archive, not only from what the log still holds: each projection gets a
// first generation that is empty and counts as older code's, so that its projector builds the one that takes its place.

import type { Database } from '@secumon/infra/database/database'
import { createGeneration, generationsOf, lockGenerations, type Definition } from '../generations.ts'

/** Older than any code: what it made is built again. */
const NO_CODE = 0

/** Call it in an empty database, before a projector runs. Projections that have a generation are left alone. */
export async function awaitRebuild(db: Database, projectors: readonly Definition[]): Promise<void> {
  for (const projector of projectors.filter(({ createTables }) => createTables !== undefined))
    await db.transaction().execute(async (tx) => {
      await lockGenerations(tx, projector.name)
      if ((await generationsOf(tx, projector.name)).length > 0) return
      const { name, createTables } = projector
      await createGeneration(tx, { name, version: NO_CODE, ...(createTables && { createTables }) }, 'live')
    })
}
