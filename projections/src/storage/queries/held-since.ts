// From when there is anything of a tenant, by how long it is kept. It tells nothing of other tenants.

import type { RetentionDays } from '@secumon/domain/retention/retention'
import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { packedName } from '../../samples/packed/packed-shape.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { knownAgents, spanOf } from './spans.ts'

/** When the oldest row is, ms; null: there is none, or it is not known. */
export type HeldSince = { readonly [Kind in keyof RetentionDays]: number | null }

type Kind = keyof RetentionDays

/** Every host has rows in these. */
const RELATIONS: readonly { readonly kind: Kind; readonly name: string; readonly time: string }[] = [
  { kind: 'raw', name: 'metrics', time: 'time' },
  { kind: 'raw', name: packedName('metrics'), time: 'first' },
  { kind: 'rollup5min', name: 'metrics_5min', time: 'time' },
  { kind: 'rollup1hour', name: 'metrics_1hour', time: 'time' },
  { kind: 'logs', name: 'logs', time: 'time' },
]

/** Of one tenant, as far as can be told by those of its agents that came first and were heard last. */
export async function heldSince(db: Database, scope: TenantScope): Promise<HeldSince> {
  const agents = await knownAgents(db, scope)
  const since: Record<Kind, number | null> = { raw: null, rollup5min: null, rollup1hour: null, logs: null }
  if (agents.length === 0) return since
  for (const { kind, time, ...relation } of await relationsThere(db)) {
    const { oldestMs } = await spanOf(db, { ...relation, timed: [time, time] }, agents)
    if (oldestMs !== null) since[kind] = Math.min(since[kind] ?? oldestMs, oldestMs)
  }
  return since
}

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
