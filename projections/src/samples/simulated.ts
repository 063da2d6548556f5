// Rows of simulated agents go after a day, and what was rolled up of them; their custom metrics make room for others.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { liveGeneration, liveSchema, NoGeneration, type LiveGeneration } from '../live-generation.ts'
import { columnsOf } from '../rebuild/columns.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { forgetSeries } from './custom/forget-series.ts'
import { deleteRows, storedIn, type RelationName } from './delete-rows.ts'
import { packedName } from './packed/packed-shape.ts'
import { ROLLUPS } from './rollups/definitions.ts'
import { SAMPLE_TABLES } from './tables.ts'

export const SIMULATED_KEPT_MS = 24 * 3_600_000
/** How often they are removed. */
export const SIMULATED_EVERY_MS = 600_000

export type Forgetting = {
  readonly beforeMs: number
  /** Ends it between two days. */
  readonly signal: AbortSignal
}

/** Removes what is held of simulated agents from before the time; returns how many rows. */
export async function forgetSimulated(db: Database, { beforeMs, signal }: Forgetting): Promise<number> {
  const found = await simulatedAgents(db)
  if (!found) return 0
  const { ids, schema: live, sealed } = found
  const whose = sql`agent_id = any(${ids}::uuid[])`
  let removed = await forgetSeries(db, { schema: live, beforeMs, whose })
  for (const schema of sealed ? [live, SEALED_SCHEMA] : [live])
    for (const { table, widthMs } of RELATIONS) {
      const fromMs = await oldestOf(db, { schema, table }, ids)
      if (fromMs === undefined) continue
      // A bucket goes with the last of the rows that it is made of.
      const cut = { whose, fromMs, beforeMs: beforeMs - widthMs }
      removed += await deleteRows(db, { schema, table, cuts: [cut], signal })
    }
  return removed
}

const RELATIONS = [
  ...SAMPLE_TABLES.map(({ table }) => ({ table, widthMs: 0 })),
  ...ROLLUPS.map(({ name, resolutionMs }) => ({ table: name, widthMs: resolutionMs })),
]

type Found = Pick<LiveGeneration, 'schema' | 'sealed'> & { readonly ids: readonly string[] }

// Asked for first: where days are compressed, a join would open those of all agents. Undefined where there is nothing of any.
async function simulatedAgents(db: Database): Promise<Found | undefined> {
  try {
    const agents = sql.table(`${await liveSchema(db, 'agents')}.agents`)
    const { rows } = await sql<{ id: string }>`select agent_id as id from ${agents} where simulated`.execute(
      db,
    )
    if (rows.length === 0) return undefined
    return { ...(await liveGeneration(db, 'samples')), ids: rows.map(({ id }) => id) }
  } catch (error) {
    if (error instanceof NoGeneration) return undefined
    throw error
  }
}

// By the index on agent and time, so that mostly a day or two are looked into.
async function oldestOf(
  db: Database,
  relation: RelationName,
  ids: readonly string[],
): Promise<number | undefined> {
  const rows = await storedIn(db, relation)
  const packs = { ...relation, table: packedName(relation.table) }
  const found = [
    await oldestIn(db, { ...rows, time: 'time' }, ids),
    await oldestIn(db, { ...packs, time: 'first' }, ids),
  ]
  const oldestMs = Math.min(...found.map((ms) => ms ?? Infinity))
  return oldestMs === Infinity ? undefined : oldestMs
}

async function oldestIn(
  db: Database,
  { schema, table, time }: RelationName & { readonly time: 'time' | 'first' },
  ids: readonly string[],
): Promise<number | undefined> {
  if ((await columnsOf(db, schema, table)).length === 0) return undefined
  const { rows } = await sql<{ oldest: number | null }>`select min(o.at) as oldest
    from unnest(${ids}::uuid[]) as a (id) cross join lateral (
      select ${sql.ref(time)} as at from ${sql.table(`${schema}.${table}`)}
      where agent_id = a.id order by ${sql.ref(time)} limit 1) o`.execute(db)
  return rows[0]?.oldest ?? undefined
}
