// How far the rollups of a generation are. Three rules keep them right, whatever dies in the middle:
//
// 1. `stepping_to` is raised under the exclusive lock, which waits for the writers that are under way. Each writer takes the
//    shared lock before it asks for `stepping_to`, marks the buckets of its rows that lie before it, and commits.
// 2. Only then the buckets up to there are made, and `until` follows in the same transaction: all rows that were not marked
//    are committed by then.
// 3. Whoever changes rows of a rollup holds its row here, and asks for the floor under it.

import type { Database } from '@secumon/infra/database/database'
import type { PlatformTx } from '../../admission.ts'
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import type { Rollup } from './definitions.ts'
import type { Place } from './statements.ts'

export type Progress = {
  /** Buckets that end by then are made. */
  readonly untilMs: number
  /** Rows before this mark their bucket: it is made, or being made. */
  readonly steppingToMs: number
  /** What the rollup is made of has been dropped before this; null: nothing has. */
  readonly floorMs: number | null
}

/** No writer's transaction is waited for longer: all others stand behind who waits. */
const LOCK_TIMEOUT_MS = 5_000

const stepsOf = (schema: string): RawBuilder<unknown> => sql`hashtextextended(${`rollups/${schema}`}, 0)`

/** `stepping_to` of the schema's rollups stays as it is until the writer's transaction ends. */
export async function holdSteps(tx: QueryExecutorProvider, schema: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${stepsOf(schema)})`.execute(tx)
}

/** Undefined before the rollup was begun. */
export async function readProgress(
  db: QueryExecutorProvider,
  place: Place,
  rollup: Rollup,
): Promise<Progress | undefined> {
  const { rows } =
    await sql<Progress>`select until as "untilMs", stepping_to as "steppingToMs", floor as "floorMs"
    from secumon.rollups r left join secumon.floors f
      on (f.projection, f.version, f.relation) = (r.projection, r.version, ${rollup.source})
    where ${keyOf(place, rollup)}`.execute(db)
  return rows[0]
}

/** Nobody else changes the rollup until the transaction ends. */
export async function lockProgress(tx: PlatformTx, place: Place, rollup: Rollup): Promise<Progress> {
  const { projection, version } = place
  await sql`insert into secumon.rollups (projection, version, relation, until, stepping_to)
    values (${projection}, ${version}, ${rollup.name}, 'epoch', 'epoch') on conflict do nothing`.execute(tx)
  await sql`select from secumon.rollups r where ${keyOf(place, rollup)} for update`.execute(tx)
  const progress = await readProgress(tx, place, rollup)
  if (!progress) throw new RangeError(`${rollup.name} of ${place.schema} is gone`)
  return progress
}

/** From its commit on, rows before `toMs` mark their bucket, and all that did not are committed. */
export async function raiseSteps(db: Database, place: Place, { rollup, toMs }: Raise): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if ((await lockProgress(tx, place, rollup)).steppingToMs >= toMs) return
    await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(tx)
    await sql`select pg_advisory_xact_lock(${stepsOf(place.schema)})`.execute(tx)
    await setProgress(tx, place, { rollup, set: sql`stepping_to = ${new Date(toMs)}` })
  })
}

export type Raise = { readonly rollup: Rollup; readonly toMs: number }

/** Everything before `toMs` is made. In the transaction that makes it. */
export const finishStep = (tx: PlatformTx, place: Place, { rollup, toMs }: Raise): Promise<void> =>
  setProgress(tx, place, { rollup, set: sql`until = ${new Date(toMs)}` })

/** Rows from `toMs` on need no mark any more. In a transaction that holds the progress; nothing may be made beyond. */
export const takeBack = (tx: PlatformTx, place: Place, { rollup, toMs }: Raise): Promise<void> =>
  setProgress(tx, place, { rollup, set: sql`until = ${new Date(toMs)}, stepping_to = ${new Date(toMs)}` })

type Change = { readonly rollup: Rollup; readonly set: RawBuilder<unknown> }

async function setProgress(tx: PlatformTx, place: Place, { rollup, set }: Change): Promise<void> {
  await sql`update secumon.rollups r set ${set}, updated_at = now() where ${keyOf(place, rollup)}`.execute(tx)
}

const keyOf = ({ projection, version }: Place, { name }: Rollup): RawBuilder<unknown> =>
  sql`(r.projection, r.version, r.relation) = (${projection}, ${version}, ${name})`
