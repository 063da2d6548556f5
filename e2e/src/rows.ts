// The rows of host metrics, to be compared before and after.

import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'

const SOME = 3

/** A moment by which every agent had some rows, and up to which the rows of all of them are there. */
export async function completeUntil(platform: Platform, agents: number): Promise<Date> {
  const samples = await platform.schemaOf('samples')
  return eventually(`${SOME} rows of each agent`, async () => {
    const [row] = await platform.query<{ agents: number; until: Date }>(
      `select count(*)::int as agents, min(last) as until from
         (select max(time) as last from ${samples}.metrics group by agent_id having count(*) >= ${SOME}) as each`,
    )
    return row?.agents === agents && row.until
  })
}

/** Every row up to a moment, by agent and time. */
export async function rowsUntil(platform: Platform, until: Date): Promise<readonly object[]> {
  const samples = await platform.schemaOf('samples')
  return platform.query(
    `select to_jsonb(m) as row from ${samples}.metrics m where time <= $1 order by agent_id, time`,
    [until],
  )
}
