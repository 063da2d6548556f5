// Rows of simulated agents go after a day.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { liveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { dropPackedBefore } from './packed/drop-packed.ts'
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
  const { sealed } = await liveGeneration(db, 'samples')
  let removed = 0
  for (const schema of sealed ? [samples, SEALED_SCHEMA] : [samples])
    for (const { table } of SAMPLE_TABLES) {
      const whose = sql`agent_id in (select agent_id from ${sql.table(`${agents}.agents`)} where simulated)`
      const { numAffectedRows = 0n } = await sql`delete from ${sql.table(`${schema}.${table}`)}
        where time < ${new Date(beforeMs)} and ${whose}`.execute(db)
      removed += Number(numAffectedRows) + (await dropPackedBefore(db, { schema, table, beforeMs, whose }))
    }
  return removed
}
