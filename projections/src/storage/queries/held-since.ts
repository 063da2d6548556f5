// From when there is anything of a tenant, by how long it is kept. It tells nothing of other tenants.

import type { RetentionDays } from '@secumon/domain/retention/retention'
import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import { liveSchema, NoGeneration } from '../../live-generation.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { packedName } from '../../samples/packed/packed-shape.ts'
import type { TenantScope } from '../../tenant-scope.ts'

export type HeldSince = {
  /** When the oldest row is, ms; null: there is none, or it is not known. */
  readonly since: { readonly [Each in Kind]: number | null }
  /** There may be rows of any age. */
  readonly unknown: readonly Kind[]
}

type Kind = keyof RetentionDays

/** Every host has rows in these. */
const RELATIONS: readonly { readonly kind: Kind; readonly name: string; readonly time: string }[] = [
  { kind: 'raw', name: 'metrics', time: 'time' },
  { kind: 'raw', name: packedName('metrics'), time: 'first' },
  { kind: 'rollup5min', name: 'metrics_5min', time: 'time' },
  { kind: 'rollup1hour', name: 'metrics_1hour', time: 'time' },
  { kind: 'logs', name: 'logs', time: 'time' },
]

/** No index answers for more of them at once. */
const MOST_AGENTS = 500
const OF_AGENTS = ['raw', 'rollup5min', 'rollup1hour'] as const

/** Of one tenant: lines are found by the tenant, samples agent by agent, of which there may be too many. */
export async function heldSince(db: Database, scope: TenantScope): Promise<HeldSince> {
  const agents = await agentsOf(db, scope)
  const isKnown = agents.length <= MOST_AGENTS
  const since: Record<Kind, number | null> = { raw: null, rollup5min: null, rollup1hour: null, logs: null }
  for (const { kind, ...relation } of await relationsThere(db)) {
    if (kind !== 'logs' && !isKnown) continue
    const oldest = kind === 'logs' ? oldestOfTenant(relation, scope) : oldestOf(relation, agents)
    const { rows } = await oldest.execute(db)
    since[kind] = earlier(since[kind], rows[0]?.atMs ?? null)
  }
  return { since, unknown: isKnown ? [] : OF_AGENTS }
}

async function agentsOf(db: Database, { tenant }: TenantScope): Promise<readonly string[]> {
  try {
    const agents = sql.table(`${await liveSchema(db, 'agents')}.agents`)
    const { rows } = await sql<{ agent: string }>`select agent_id as agent from ${agents}
      where tenant_id = ${tenant} limit ${MOST_AGENTS + 1}`.execute(db)
    return rows.map(({ agent }) => agent)
  } catch (error) {
    if (error instanceof NoGeneration) return []
    throw error
  }
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b)

type Timed = Omit<There, 'kind'>
type Oldest = RawBuilder<{ readonly atMs: number | null }>

const oldestOfTenant = ({ schema, name, time }: Timed, { tenant }: TenantScope): Oldest =>
  sql`select ${sql.ref(time)} as "atMs" from ${sql.table(`${schema}.${name}`)} where tenant_id = ${tenant}
    order by ${sql.ref(time)} limit 1`

const oldestOf = ({ schema, name, time }: Timed, agents: readonly string[]): Oldest =>
  sql`select min(o.at) as "atMs" from unnest(${agents}::uuid[]) as a (id)
    cross join lateral (select ${sql.ref(time)} as at from ${sql.table(`${schema}.${name}`)}
      where agent_id = a.id order by ${sql.ref(time)} limit 1) o`

type There = { readonly kind: Kind; readonly schema: string; readonly name: string; readonly time: string }

async function relationsThere(db: Database): Promise<There[]> {
  const names = RELATIONS.map(({ name }) => name)
  const { rows } = await sql<{ schema: string; name: string }>`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = any (${names}) and c.relkind in ('r', 'p', 'v')
      and (n.nspname = ${SEALED_SCHEMA} or n.nspname in (
        select schema from secumon.projection_live where projection in ('samples', 'logs')))`.execute(db)
  return rows.flatMap((row) =>
    RELATIONS.filter(({ name }) => name === row.name).map((relation) => ({ ...relation, ...row })),
  )
}
