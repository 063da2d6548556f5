// Generations: each time a projection's tables are built they get a number and a schema of their own. One of them is
// live: it is what queries read and what the projector's process goes on with.

import type { GenerationState, PlatformTables } from '@secumon/migrations/platform-tables'
import { PLATFORM_SCHEMA } from '@secumon/migrations/migrate'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { PlatformTx } from './admission.ts'
import type { Projection } from './lane-positions.ts'
import type { Projector } from './projector.ts'

export type Definition = Pick<Projector, 'name' | 'version' | 'createTables' | 'completeTables'>

export type Generation = {
  readonly projection: string
  /** Keyed by in checkpoints, positions, dead letters and holes, where the column is called version. */
  readonly generation: number
  readonly codeVersion: number
  /** Of its tables; that of the platform where the projection has none. */
  readonly schema: string
  readonly state: GenerationState
}

/** What its checkpoints and positions are kept under. */
export const projectionOf = ({ projection, generation }: Generation): Projection => ({
  projection,
  version: generation,
})

/** Nobody can go on with the live generation before an operator has done what the message says. */
export class UnusableGeneration extends Error {
  override readonly name: string = 'UnusableGeneration'
}

/** Newer code has built this projection: older code would write rows that the newer does not understand. */
export class NewerGenerationLive extends UnusableGeneration {
  override readonly name = 'NewerGenerationLive'
}

/**
 * The generation that a process with this projector works on: the live one where the same code made it; where older
 * code did, one that is building, made when there is none; the first where there is none at all. Several may call it at
 * once.
 * @throws UnusableGeneration, of which NewerGenerationLive is one
 */
export async function ensureGeneration(
  db: Kysely<PlatformTables>,
  projector: Definition,
): Promise<Generation> {
  return db.transaction().execute(async (tx) => {
    await lockGenerations(tx, projector.name)
    const known = await generationsOf(tx, projector.name)
    const live = known.find(({ state }) => state === 'live')
    if (!live) return createGeneration(tx, projector, 'live')
    if (live.codeVersion === projector.version) {
      await projector.completeTables?.(tx as Transaction<unknown>, live)
      return live
    }
    if (live.codeVersion > projector.version) throw newerIsLive(projector, live)
    const begun = known.find(
      ({ state, codeVersion }) => state === 'building' && codeVersion === projector.version,
    )
    return begun ?? createGeneration(tx, projector, 'building')
  })
}

const newerIsLive = ({ name, version }: Definition, { generation, codeVersion }: Generation) =>
  new NewerGenerationLive(
    `generation ${generation} of ${name} was built by version ${codeVersion} of its code; this program has version ` +
      `${version}: run the newer program, or stop it and go back with \`secumon rebuild ${name} --undo\` of this one`,
  )

/** Until the transaction ends nobody else makes, swaps or drops generations of the projection. */
export async function lockGenerations(tx: PlatformTx, projection: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`generation/${projection}`}, 0))`.execute(tx)
}

/** All of a projection, the oldest first. */
export async function generationsOf(db: Kysely<PlatformTables>, projection: string): Promise<Generation[]> {
  const rows = await db
    .selectFrom('secumon.generations')
    .select(['projection', 'generation', 'code_version as codeVersion', 'schema', 'state'])
    .where('projection', '=', projection)
    .orderBy('generation')
    .execute()
  return rows
}

/** Makes the next generation with its tables, in the caller's transaction, which holds `lockGenerations`. */
export async function createGeneration(
  tx: PlatformTx,
  { name, version, createTables, completeTables }: Definition,
  state: GenerationState,
): Promise<Generation> {
  const number = await nextNumber(tx, name)
  const schema = createTables ? `${name.replaceAll('-', '_')}_${number}` : PLATFORM_SCHEMA
  if (createTables) {
    await tx.schema.createSchema(schema).execute()
    await createTables(tx as Transaction<unknown>, schema)
    await completeTables?.(tx as Transaction<unknown>, { schema, generation: number })
  }
  const made = { projection: name, generation: number, codeVersion: version, schema, state }
  await tx
    .insertInto('secumon.generations')
    .values({ projection: name, generation: number, code_version: version, schema, state })
    .execute()
  if (state === 'live') await pointQueriesAt(tx, made)
  return made
}

// A number that was ever used stays used: checkpoints of a dropped generation must not come alive again.
async function nextNumber(tx: PlatformTx, projection: string): Promise<number> {
  const { rows } = await sql<{ last: number }>`select greatest(
      (select max(generation) from secumon.generations where projection = ${projection}),
      (select max(generation) from secumon.rebuilds where projection = ${projection}),
      (select max(version) from secumon.checkpoints where projection = ${projection}), 0) as last`.execute(tx)
  return (rows[0]?.last ?? 0) + 1
}

/** Queries read it from now on. */
export async function pointQueriesAt(tx: PlatformTx, generation: Generation): Promise<void> {
  const live = { version: generation.generation, schema: generation.schema, since: new Date() }
  await tx
    .insertInto('secumon.projection_live')
    .values({ projection: generation.projection, ...live })
    .onConflict((conflict) => conflict.column('projection').doUpdateSet(live))
    .execute()
}

export async function setState(
  tx: PlatformTx,
  generation: Generation,
  state: GenerationState,
): Promise<void> {
  await tx
    .updateTable('secumon.generations')
    .set({ state, since: new Date() })
    .where('projection', '=', generation.projection)
    .where('generation', '=', generation.generation)
    .execute()
}

const KEYED_BY_GENERATION = [
  'checkpoints',
  'agent_position',
  'aggregate_position',
  'dead_letters',
  'platform_holes',
  'rollups',
  'rollup_dirty',
  'floors',
  'tenant_floors',
]

/** Removes tables, positions and dead letters of a generation. @throws RangeError for the live one */
export async function dropGeneration(tx: PlatformTx, generation: Generation): Promise<void> {
  const { projection, generation: number, schema } = generation
  if (generation.state === 'live') throw new RangeError(`generation ${number} of ${projection} is live`)
  if (schema !== PLATFORM_SCHEMA) await tx.schema.dropSchema(schema).ifExists().cascade().execute()
  for (const table of KEYED_BY_GENERATION)
    await sql`delete from ${sql.table(`secumon.${table}`)} where projection = ${projection} and version = ${number}`.execute(
      tx,
    )
  await tx
    .deleteFrom('secumon.generations')
    .where('projection', '=', projection)
    .where('generation', '=', number)
    .execute()
}
