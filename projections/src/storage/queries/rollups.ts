// How far the rollups of the samples are, and what of them has to be made again.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { isMadeByDatabase } from '../../samples/relations.ts'
import { ROLLUPS } from '../../samples/rollups/definitions.ts'

export type RollupStatus = {
  readonly relation: string
  /** Age of the oldest whole bucket that is not made, ms. */
  readonly lagMs: number
  /** Buckets that got rows after they were made, and have yet to be made again. */
  readonly dirty: number
}

/** Of the live generation, those that we make; of those that the database makes, what it has long neglected. */
export async function rollupStatus(db: Database, nowMs: number): Promise<RollupStatus[]> {
  const { rows } = await sql<{ relation: string; until: number; dirty: number }>`
    select r.relation, r.until, (select count(*)::float8 from secumon.rollup_dirty d
        where d.projection = r.projection and d.version = r.version and d.relation = r.relation) as dirty
    from secumon.rollups r join secumon.projection_live l using (projection, version)
    join pg_namespace n on n.nspname = l.schema
    join pg_class c on c.relnamespace = n.oid and c.relname = r.relation
    where r.projection = 'samples' and not ${isMadeByDatabase} order by r.relation`.execute(db)
  return rows.map(({ relation, until, dirty }) => {
    const width = ROLLUPS.find(({ name }) => name === relation)?.resolutionMs ?? 0
    return { relation, lagMs: Math.max(0, nowMs - until - width), dirty }
  })
}
