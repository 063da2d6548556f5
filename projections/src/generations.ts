// Generations: each version of a projection has a schema of its own; one row says which of them queries read.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { PLATFORM_SCHEMA } from '@secumon/migrations/migrate'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Projector } from './projector.ts'

type Definition = Pick<Projector, 'name' | 'version' | 'createTables'>

const CACHE_MS = 5_000

export class NoGeneration extends Error {
  override readonly name = 'NoGeneration'
}

/** `samples_1`; a projector without tables has none of its own. */
export const generationSchema = ({ name, version, createTables }: Definition): string =>
  createTables ? `${name.replaceAll('-', '_')}_${version}` : PLATFORM_SCHEMA

/**
 * Creates the schema and tables of the projector's version when they are missing, and makes it the live one when there
 * is no other. Several processes may call it at once. Returns the schema.
 */
export async function ensureGeneration(db: Kysely<PlatformTables>, projector: Definition): Promise<string> {
  const schema = generationSchema(projector)
  const live = { projection: projector.name, version: projector.version, schema }
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`generation/${projector.name}`}, 0))`.execute(
      tx,
    )
    if (projector.createTables && !(await schemaExists(tx, schema))) {
      await tx.schema.createSchema(schema).execute()
      await projector.createTables(tx as Transaction<unknown>, schema)
    }
    await tx
      .insertInto('secumon.projection_live')
      .values(live)
      .onConflict((conflict) => conflict.column('projection').doNothing())
      .execute()
  })
  return schema
}

/** Lets queries read another generation: the last step of a rebuild. */
export async function makeLive(db: Kysely<PlatformTables>, projector: Definition): Promise<void> {
  const { name: projection, version } = projector
  const live = { version, schema: generationSchema(projector), since: new Date() }
  await db
    .insertInto('secumon.projection_live')
    .values({ projection, ...live })
    .onConflict((conflict) => conflict.column('projection').doUpdateSet(live))
    .execute()
}

async function schemaExists(db: Kysely<PlatformTables>, schema: string): Promise<boolean> {
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(db)
  return rows.length > 0
}

type Known = { readonly schema: string; readonly untilMs: number }
const known = new WeakMap<object, Map<string, Known>>()

/**
 * The schema that queries of a projection read, remembered for 5 s.
 * @throws NoGeneration before its projector has run for the first time
 */
export async function liveSchema<Tables>(db: Kysely<Tables>, projection: string): Promise<string> {
  const schemas = known.get(db) ?? new Map<string, Known>()
  known.set(db, schemas)
  const cached = schemas.get(projection)
  if (cached && cached.untilMs > performance.now()) return cached.schema
  const { rows } = await sql<{
    schema: string
  }>`select schema from secumon.projection_live where projection = ${projection}`.execute(db)
  const schema = rows[0]?.schema
  if (schema === undefined) throw new NoGeneration(`the projection ${projection} has not been built yet`)
  schemas.set(projection, { schema, untilMs: performance.now() + CACHE_MS })
  return schema
}
