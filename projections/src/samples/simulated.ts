// Which rows are those of simulated agents, and which of them are past their time.

import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import { liveGeneration, liveSchema } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { dropPackedBefore } from './packed/drop-packed.ts'
import { SAMPLE_TABLES } from './tables.ts'

export const SIMULATED_KEPT_MS = 24 * 3_600_000
/** How often they are removed. */
export const SIMULATED_EVERY_MS = 600_000

/** Rows that may be gone from the live generation, or about to go: a comparison leaves them out. */
export async function simulatedLeftOut(
  db: Database,
  projection: string,
  nowMs: number,
): Promise<(() => RawBuilder<boolean>) | undefined> {
  if (projection !== 'samples') return undefined
  const agents = await liveSchema(db, 'agents').catch(() => undefined)
  if (agents === undefined) return undefined
  const before = new Date(nowMs - SIMULATED_KEPT_MS + SIMULATED_EVERY_MS * 2)
  return () => sql<boolean>`(r.time < ${before}
    and r.agent_id in (select agent_id from ${sql.table(`${agents}.agents`)} where simulated))`
}

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
