// How far the database has made a continuous aggregate by itself.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'

/** What ends by then is in it; 0: nothing is. */
export async function continuousUntil(
  db: Kysely<PlatformTables>,
  schema: string,
  relation: string,
): Promise<number> {
  const { rows } = await sql<{ until: number | null }>`
    select _timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(mat_hypertable_id)) as until
    from _timescaledb_catalog.continuous_agg
    where user_view_schema = ${schema} and user_view_name = ${relation}`.execute(db)
  return Math.max(0, rows[0]?.until ?? 0)
}
