// Rows of simulated agents go after a day.

import type { Database } from '@secumon/infra/database/database'
import { admitCompressed } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { liveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { dropPackedBefore, type PackedBefore } from './packed/drop-packed.ts'
import { SAMPLE_TABLES } from './tables.ts'

export const SIMULATED_KEPT_MS = 24 * 3_600_000
/** How often they are removed. */
export const SIMULATED_EVERY_MS = 600_000

/** Removes samples of simulated agents from before the time; returns how many rows. */
export async function forgetSimulated(db: Database, beforeMs: number): Promise<number> {
  const rows = await db
    .selectFrom('secumon.projection_live')
    .select(['projection', 'schema'])
    .where('projection', 'in', ['samples', 'agents'])
    .execute()
  const schemas = new Map(rows.map(({ projection, schema }) => [projection, schema]))
  const [samples, agents] = [schemas.get('samples'), schemas.get('agents')]
  if (samples === undefined || agents === undefined) return 0
  const ids = await simulatedAgents(db, agents)
  if (ids.length === 0) return 0
  const whose = sql`agent_id = any(${ids}::uuid[])`
  const { sealed } = await liveGeneration(db, 'samples')
  let removed = 0
  for (const schema of sealed ? [samples, SEALED_SCHEMA] : [samples])
    for (const { table } of SAMPLE_TABLES) {
      const old = { schema, table, beforeMs, whose }
      removed += (await deleteRows(db, old)) + (await dropPackedBefore(db, old))
    }
  return removed
}

// Asked for first: where days are compressed, a join would open those of all agents.
async function simulatedAgents(db: Database, schema: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select agent_id as id from ${sql.table(`${schema}.agents`)}
    where simulated`.execute(db)
  return rows.map(({ id }) => id)
}

const deleteRows = (db: Database, { schema, table, beforeMs, whose }: PackedBefore): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await admitCompressed(tx)
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(`${schema}.${table}`)}
      where time < ${new Date(beforeMs)} and ${whose}`.execute(tx)
    return Number(numAffectedRows)
  })
