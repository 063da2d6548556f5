// Rows of a rollup are made bucket by bucket, so that those of one agent lie far apart: a question about a year would read
// a page for every hour of it. Rows of days that are over are laid down once more, agent by agent, name
// by name. Nothing depends on it.

import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import type { Rollup } from './definitions.ts'
import { lockProgress } from './progress.ts'
import { laidDown, type Place, type TimeRange } from './statements.ts'

/** The days (UTC) that are over when a rollup has been brought forward; undefined where none is. */
export function endedDays({ fromMs, toMs }: TimeRange): TimeRange | undefined {
  const days = { fromMs: Math.floor(fromMs / DAY_MS) * DAY_MS, toMs: Math.floor(toMs / DAY_MS) * DAY_MS }
  return days.fromMs < days.toMs ? days : undefined
}

/** Lays down the rows of a time once more, of these agents. */
export async function gatherRows(
  tx: PlatformTx,
  place: Place,
  {
    rollup,
    agents,
    fromMs,
    toMs,
  }: TimeRange & { readonly rollup: Rollup; readonly agents: readonly string[] },
): Promise<void> {
  const table = sql.table(`${place.schema}.${rollup.name}`)
  await lockProgress(tx, place, rollup)
  await sql`with taken as (
      delete from ${table} where agent_id = any(${agents}::uuid[])
        and time >= ${new Date(fromMs)} and time < ${new Date(toMs)} returning *)
    insert into ${table} select * from taken order by ${laidDown(rollup)}`.execute(tx)
}
