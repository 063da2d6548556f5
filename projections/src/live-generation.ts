// Which generation queries read. Asked once a second; a query that meets tables which are gone asks again at once.

import { sql, type Kysely } from 'kysely'
import pg from 'pg'

const CACHE_MS = 1_000

export class NoGeneration extends Error {
  override readonly name = 'NoGeneration'
}

export type LiveGeneration = {
  readonly schema: string
  /** Its number: what is kept of each generation is found by it. */
  readonly version: number
  /** True when schema `sealed` holds rows of this projection: older than anything the live generation was built from. */
  readonly sealed: boolean
  /** True when it has tables for packed days beside those of rows. */
  readonly packed: boolean
}

type Known = { readonly live: LiveGeneration; readonly untilMs: number }
const known = new WeakMap<object, Map<string, Known>>()

/** Any database that has the schema `secumon`, whatever tables it is typed with. */
type Asked<Tables> = Kysely<Tables>

/**
 * The live generation of a projection, remembered for a second.
 * @throws NoGeneration before its projector has run for the first time
 */
export async function liveGeneration<Tables>(db: Asked<Tables>, projection: string): Promise<LiveGeneration> {
  const remembered = rememberedBy(db)
  const cached = remembered.get(projection)
  if (cached && cached.untilMs > performance.now()) return cached.live
  const { rows } = await sql<LiveGeneration>`select schema, version,
      exists (select from secumon.facts where name = ${sealedFact(projection)}) as sealed,
      exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = schema and c.relname like '%\\_packed') as packed
    from secumon.projection_live where projection = ${projection}`.execute(db)
  const live = rows[0]
  if (!live) throw new NoGeneration(`the projection ${projection} has not been built yet`)
  remembered.set(projection, { live, untilMs: performance.now() + CACHE_MS })
  return live
}

/** The schema that queries of a projection read. @throws NoGeneration */
export const liveSchema = async <Tables>(db: Asked<Tables>, projection: string): Promise<string> =>
  (await liveGeneration(db, projection)).schema

/**
 * Reads with the live generation; once more when its tables were dropped meanwhile.
 * @throws NoGeneration, and what `read` throws
 */
export async function readLive<Tables, Answer>(
  db: Asked<Tables>,
  projection: string,
  read: (live: LiveGeneration) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await read(await liveGeneration(db, projection))
  } catch (error) {
    if (!isTableGone(error)) throw error
    rememberedBy(db).delete(projection)
    return read(await liveGeneration(db, projection))
  }
}

/** Set in `secumon.facts` when the first row of the projection was sealed. */
export const sealedFact = (projection: string): string => `sealed/${projection}`

/** How long a query may go on with what it knew. */
export const QUERIES_FOLLOW_MS = CACHE_MS

function rememberedBy(db: object): Map<string, Known> {
  const remembered = known.get(db) ?? new Map<string, Known>()
  known.set(db, remembered)
  return remembered
}

/** True of what a statement throws whose table, or its schema, is not there. */
export const isTableGone = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '42P01' || error.code === '3F000')
