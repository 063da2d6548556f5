// What the tables hold, as the law asks it.

import type { Platform } from '../platform.ts'

/** What the platform itself has found wrong, so far. */
export type Troubles = { readonly holes: number; readonly deadLetters: number }

/** Rows of host metrics from a time on, as `<agent>@<milliseconds>`. */
export async function rowsSince(platform: Platform, sinceMs: number): Promise<string[]> {
  const [samples, agents] = [await platform.schemaOf('samples'), await platform.schemaOf('agents')]
  const rows = await platform.query<{ name: string; at: number }>(
    `select a.name, round(extract(epoch from m.time) * 1000)::float8 as at
     from ${samples}.metrics m join ${agents}.agents a using (agent_id)
     where m.time >= to_timestamp($1::float8 / 1000)`,
    [sinceMs],
  )
  return rows.map(({ name, at }) => `${name}@${at}`)
}

export async function doubledRows(platform: Platform): Promise<readonly unknown[]> {
  const samples = await platform.schemaOf('samples')
  return platform.query(
    `select agent_id, time, count(*)::int as times from ${samples}.metrics
     group by agent_id, time having count(*) > 1 limit 20`,
  )
}

export async function troubles(platform: Platform): Promise<Troubles> {
  const [found] = await platform.query<Troubles>(
    `select (select count(*)::int from secumon.platform_holes) as holes,
            (select count(*)::int from secumon.dead_letters) as "deadLetters"`,
  )
  return found ?? { holes: 0, deadLetters: 0 }
}
