// What the tables hold, as the law asks it.

import type { Platform } from '../platform.ts'

/** Rows of host metrics with one agent and time. */
export type StoredRow = { readonly agent: string; readonly atMs: number; readonly times: number }

/** What the platform itself has found wrong, so far. */
export type Troubles = { readonly holes: number; readonly deadLetters: number }

export async function storedRows(platform: Platform, sinceMs: number): Promise<StoredRow[]> {
  const samples = await platform.schemaOf('samples')
  return platform.query<StoredRow>(
    `select agent_id::text as agent, round(extract(epoch from time) * 1000)::float8 as "atMs", count(*)::int as times
     from ${samples}.metrics where time >= to_timestamp($1::float8 / 1000) group by agent_id, time`,
    [sinceMs],
  )
}

/** More rows than this are not there, however old. */
export async function countRows(platform: Platform): Promise<number> {
  const samples = await platform.schemaOf('samples')
  const [row] = await platform.query<{ rows: number }>(`select count(*)::int as rows from ${samples}.metrics`)
  return row?.rows ?? 0
}

/** Names of agents by their id. */
export async function agentNames(platform: Platform): Promise<Map<string, string>> {
  const agents = await platform.schemaOf('agents')
  const rows = await platform.query<{ id: string; name: string }>(
    `select agent_id::text as id, name from ${agents}.agents`,
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

export async function troubles(platform: Platform): Promise<Troubles> {
  const [found] = await platform.query<Troubles>(
    `select (select count(*)::int from secumon.platform_holes) as holes,
            (select count(*)::int from secumon.dead_letters) as "deadLetters"`,
  )
  return found ?? { holes: 0, deadLetters: 0 }
}
