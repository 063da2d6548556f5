// What an operator can say about rebuilds from any terminal.

import type { Database } from '@secumon/infra/database/database'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely, Selectable } from 'kysely'
import { dropGeneration, generationsOf, lockGenerations, type Generation } from '../generations.ts'
import { giveUp, queriesHaveLeft } from './begin.ts'
import { RebuildRunsElsewhere, underLock } from './rebuild.ts'

export type RebuildRow = Selectable<PlatformTables['secumon.rebuilds']>

type Db = Kysely<PlatformTables>

/** The newest first. */
export const listRebuilds = (db: Db): Promise<RebuildRow[]> =>
  db.selectFrom('secumon.rebuilds').selectAll().orderBy('started_at', 'desc').limit(50).execute()

/** Generations of all projections that take room. */
export async function listGenerations(db: Db): Promise<Generation[]> {
  const rows = await db.selectFrom('secumon.generations').select('projection').distinct().execute()
  return (await Promise.all(rows.map(({ projection }) => generationsOf(db, projection)))).flat()
}

export type Steered = { readonly wanted?: 'run' | 'pause'; readonly rate?: number | null }

/** Tells the rebuild under way; it obeys within a second. False when there is none. */
export async function steer(db: Db, projection: string, steered: Steered): Promise<boolean> {
  const building = await underWay(db, projection)
  if (!building) return false
  await db
    .updateTable('secumon.rebuilds')
    .set(steered)
    .where('projection', '=', projection)
    .where('generation', '=', building.generation)
    .execute()
  return true
}

/** Ends the rebuild under way and drops what it built; also one whose process has died. False when there is none. */
export async function cancel(db: Database, projection: string): Promise<boolean> {
  const building = await underWay(db, projection)
  if (!building) return false
  await db
    .updateTable('secumon.rebuilds')
    .set({ wanted: 'cancel' })
    .where('projection', '=', projection)
    .where('generation', '=', building.generation)
    .execute()
  try {
    await underLock(db, building, () => giveUp(db, building).then(() => true))
  } catch (error) {
    // Who is building it hears of it.
    if (!(error instanceof RebuildRunsElsewhere)) throw error
  }
  return true
}

/** True while a process works on it. */
export async function isBeingBuilt(db: Database, generation: Generation): Promise<boolean> {
  try {
    return await underLock(db, generation, async () => 'free').then(() => false)
  } catch (error) {
    if (error instanceof RebuildRunsElsewhere) return true
    throw error
  }
}

/** Drops the generations that were live before, once no query reads them any more. Returns them. */
export async function dropRetired(db: Db, projection: string): Promise<Generation[]> {
  await queriesHaveLeft(db, projection)
  return db.transaction().execute(async (tx) => {
    await lockGenerations(tx, projection)
    const retired = (await generationsOf(tx, projection)).filter(({ state }) => state === 'retired')
    for (const generation of retired) await dropGeneration(tx, generation)
    return retired
  })
}

const underWay = async (db: Db, projection: string): Promise<Generation | undefined> =>
  (await generationsOf(db, projection)).find(({ state }) => state === 'building' || state === 'shadow')
