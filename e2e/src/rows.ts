// The rows of host metrics, to be compared before and after.

import type { Platform } from './platform.ts'

/** The moment up to which the rows of every agent are there. */
export async function completeUntil(platform: Platform): Promise<Date> {
  const samples = await platform.schemaOf('samples')
  const [row] = await platform.query<{ until: Date }>(
    `select min(last) as until from (select max(time) as last from ${samples}.metrics group by agent_id) as agents`,
  )
  if (!row?.until) throw new Error('no agent has sent anything')
  return row.until
}

/** Every row up to a moment, by agent and time. */
export async function rowsUntil(platform: Platform, until: Date): Promise<readonly object[]> {
  const samples = await platform.schemaOf('samples')
  return platform.query(
    `select to_jsonb(m) as row from ${samples}.metrics m where time <= $1 order by agent_id, time`,
    [until],
  )
}
