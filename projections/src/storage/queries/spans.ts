// When the first and the last row of a relation are: asked for some agents by the index on agent and time, for no index
// answers for all of them at once.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { liveSchema, NoGeneration } from '../../live-generation.ts'

export type Span = { readonly oldestMs: number | null; readonly newestMs: number | null }

type Spanned = {
  readonly schema: string
  readonly name: string
  readonly timed: readonly [string, string] | null
}

/** Those who came first, and those who were heard last. */
const OF_EACH_END = 20

/** Agents that have the oldest and the newest rows of all tenants, as far as can be guessed. */
export async function knownAgents(db: Database): Promise<readonly string[]> {
  try {
    const agents = sql.table(`${await liveSchema(db, 'agents')}.agents`)
    const { rows } = await sql<{ agent: string }>`
      (select agent_id as agent from ${agents} order by enrolled_at nulls last limit ${OF_EACH_END})
      union (select agent_id from ${agents} order by last_seen desc nulls last limit ${OF_EACH_END})`.execute(
      db,
    )
    return rows.map(({ agent }) => agent)
  } catch (error) {
    if (error instanceof NoGeneration) return []
    throw error
  }
}

export async function spanOf(
  db: Database,
  { schema, name, timed }: Spanned,
  agents: readonly string[],
): Promise<Span> {
  if (timed === null || agents.length === 0) return { oldestMs: null, newestMs: null }
  const relation = sql.table(`${schema}.${name}`)
  const [first, last] = [sql.ref(timed[0]), sql.ref(timed[1])]
  const { rows } = await sql<Span>`select min(o.at) as "oldestMs", max(n.at) as "newestMs"
    from unnest(${agents}::uuid[]) as a (id)
    left join lateral (select ${first} as at from ${relation} where agent_id = a.id order by ${first} limit 1) o on true
    left join lateral (select ${last} as at from ${relation} where agent_id = a.id order by ${first} desc limit 1) n on true`.execute(
    db,
  )
  return rows[0] ?? { oldestMs: null, newestMs: null }
}
