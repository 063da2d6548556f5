// Which generation a rebuild works on, and what becomes of it when it ends.

import type { PlatformTables, RebuildPhase, RebuildPurpose } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type Transaction } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlatformTx } from '../admission.ts'
import {
  createGeneration,
  dropGeneration,
  generationsOf,
  lockGenerations,
  setState,
  type Definition,
  type Generation,
} from '../generations.ts'
import { QUERIES_FOLLOW_MS } from '../live-generation.ts'

export class NothingToRebuild extends Error {
  override readonly name = 'NothingToRebuild'
}
export class NothingToUndo extends Error {
  override readonly name = 'NothingToUndo'
}
/** The live generation was made by another version of the projection's code than this program's. */
export class OtherCode extends Error {
  override readonly name = 'OtherCode'
}

export type Begun = { readonly generation: Generation; readonly live: Generation; readonly isNew: boolean }
export type Beginning = { readonly purpose: RebuildPurpose; readonly rate?: number | null }

type Db = Kysely<PlatformTables>

/**
 * Finds the generation that was begun, or makes one and drops what earlier rebuilds left.
 * @throws NothingToRebuild, NothingToUndo, OtherCode
 */
export async function beginRebuild(db: Db, projector: Definition, beginning: Beginning): Promise<Begun> {
  if (beginning.purpose === 'rebuild') await queriesHaveLeft(db, projector.name)
  return db.transaction().execute(async (tx) => {
    await lockGenerations(tx, projector.name)
    const known = await generationsOf(tx, projector.name)
    const live = known.find(({ state }) => state === 'live')
    if (!live) throw new NothingToRebuild(`${projector.name} has never been built: its projector does that`)
    // What comes back was made by other code, perhaps because that is why it comes back.
    if (beginning.purpose !== 'undo') requireCode(projector, live, beginning.purpose)
    const chosen = await choose(tx, { projector, known, beginning })
    // It may have been begun, or been live, before there was all of that.
    if (!chosen.isNew || beginning.purpose === 'undo')
      await projector.completeTables?.(tx as Transaction<unknown>, chosen.generation)
    await enterRow(tx, chosen, beginning)
    return { ...chosen, live }
  })
}

/** Waits until every process's queries have heard of the last swap: what was live before it may be dropped then. */
export async function queriesHaveLeft(db: Db, projection: string): Promise<void> {
  const { rows } = await sql<{ ms: number | null }>`
    select extract(epoch from now() - max(since))::float8 * 1000 as ms from secumon.projection_live
    where projection = ${projection} and exists (select from secumon.generations
      where projection = ${projection} and state = 'retired')`.execute(db)
  const sinceMs = rows[0]?.ms ?? Infinity
  if (sinceMs < QUERIES_FOLLOW_MS * 2) await sleep(QUERIES_FOLLOW_MS * 2 - Math.max(0, sinceMs))
}

type Choice = {
  readonly projector: Definition
  readonly known: readonly Generation[]
  readonly beginning: Beginning
}

async function choose(tx: PlatformTx, { projector, known, beginning }: Choice): Promise<Omit<Begun, 'live'>> {
  if (beginning.purpose === 'verify') {
    for (const left of known.filter(({ state }) => state === 'shadow')) await dropGeneration(tx, left)
    return { generation: await createGeneration(tx, projector, 'shadow'), isNew: true }
  }
  const begun = known.find(
    ({ state, codeVersion }) => state === 'building' && codeVersion === projector.version,
  )
  if (begun && beginning.purpose === 'undo' && (await purposeOf(tx, begun)) === 'rebuild')
    throw new NothingToUndo(
      `generation ${begun.generation} of ${projector.name} is being built; cancel that first`,
    )
  if (begun) return { generation: begun, isNew: false }
  const retired = known.filter(({ state }) => state === 'retired')
  if (beginning.purpose === 'undo') return { generation: await comeBack(tx, projector, retired), isNew: true }
  for (const old of retired) await dropGeneration(tx, old)
  return { generation: await createGeneration(tx, projector, 'building'), isNew: true }
}

async function comeBack(
  tx: PlatformTx,
  projector: Definition,
  retired: readonly Generation[],
): Promise<Generation> {
  const last = retired.at(-1)
  if (!last) throw new NothingToUndo(`no earlier generation of ${projector.name} is kept`)
  requireCode(projector, last, 'undo')
  await setState(tx, last, 'building')
  return { ...last, state: 'building' }
}

function requireCode(
  { name, version }: Definition,
  { generation, codeVersion }: Generation,
  purpose: string,
) {
  if (codeVersion === version || (purpose === 'upgrade' && codeVersion < version)) return
  throw new OtherCode(
    `generation ${generation} of ${name} was made by version ${codeVersion} of its code; this program has version ${version}`,
  )
}

async function enterRow(
  tx: PlatformTx,
  { generation: { projection, generation }, isNew }: Omit<Begun, 'live'>,
  { purpose, rate }: Beginning,
): Promise<void> {
  const row = {
    purpose,
    phase: 'archive',
    wanted: 'run',
    detail: null,
    ...(rate !== undefined && { rate }),
  } as const
  // What was begun keeps its purpose: a generation that was to come back must not be dropped.
  const { purpose: _, ...kept } = row
  const afresh = { ...row, rate: rate ?? null, done: 0, total: 0, started_at: new Date() }
  const again = isNew ? afresh : kept
  await tx
    .insertInto('secumon.rebuilds')
    .values({ projection, generation, ...row })
    .onConflict((conflict) => conflict.columns(['projection', 'generation']).doUpdateSet(again))
    .execute()
}

/** Tells how it ended. */
export async function endRebuild(
  tx: PlatformTx,
  { projection, generation }: Generation,
  phase: RebuildPhase,
  detail?: string,
): Promise<void> {
  await tx
    .updateTable('secumon.rebuilds')
    .set({ phase, detail: detail ?? null, updated_at: new Date() })
    .where('projection', '=', projection)
    .where('generation', '=', generation)
    .execute()
}

/** Drops what was built; a generation that was to come back stays retired. */
export async function giveUp(db: Db, generation: Generation): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockGenerations(tx, generation.projection)
    const held = (await generationsOf(tx, generation.projection)).find(
      (known) => known.generation === generation.generation,
    )
    if (!held || held.state === 'live') return
    if ((await purposeOf(tx, held)) === 'undo') await setState(tx, held, 'retired')
    else await dropGeneration(tx, held)
    await endRebuild(tx, held, 'cancelled')
  })
}

async function purposeOf(tx: PlatformTx, { projection, generation }: Generation) {
  const row = await tx
    .selectFrom('secumon.rebuilds')
    .select('purpose')
    .where('projection', '=', projection)
    .where('generation', '=', generation)
    .executeTakeFirst()
  return row?.purpose
}
