// Rows that may be gone from the live generation, or about to go, although the archive still has them: a comparison leaves
// them out.

import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import { liveSchema } from '../live-generation.ts'
import { tablesOf } from '../rebuild/columns.ts'
import { SIMULATED_EVERY_MS, SIMULATED_KEPT_MS } from './simulated.ts'

/** By table; undefined for projections all of whose rows are compared. */
export async function leftOutOf(
  db: Database,
  projection: string,
  nowMs: number,
): Promise<((table: string) => RawBuilder<boolean>) | undefined> {
  if (projection !== 'samples') return undefined
  const agents = await liveSchema(db, 'agents').catch(() => undefined)
  const ofSimulated = agents === undefined ? sql`false` : simulated(agents, nowMs)
  const ofFull = await fullTenants(db)
  return (table) =>
    sql<boolean>`(${ofSimulated} or ${belowFloor(table)} or ${belowTenantFloor(table)}
      or ${table === 'custom_metrics' ? ofFull : sql`false`})`
}

/** How many tenants' custom metrics are left out as a whole. */
export async function tenantsLeftOut(db: Database, projection: string): Promise<number> {
  const refused = projection === 'samples' ? await refusedTable(db) : undefined
  if (!refused) return 0
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from ${refused}`.execute(db)
  return rows[0]?.count ?? 0
}

// Of a tenant with more custom series than are taken it is by the order of arrival which are: whoever reads the log again
// may find another.
async function fullTenants(db: Database): Promise<RawBuilder<unknown>> {
  const refused = await refusedTable(db)
  return refused ? sql`r.tenant_id in (select tenant_id from ${refused})` : sql`false`
}

async function refusedTable(db: Database): Promise<RawBuilder<unknown> | undefined> {
  const schema = await liveSchema(db, 'samples')
  return (await tablesOf(db, schema)).has('custom_refused')
    ? sql.table(`${schema}.custom_refused`)
    : undefined
}

const simulated = (agents: string, nowMs: number): RawBuilder<unknown> =>
  sql`r.time < ${new Date(nowMs - SIMULATED_KEPT_MS + SIMULATED_EVERY_MS * 2)}
    and r.agent_id in (select agent_id from ${sql.table(`${agents}.agents`)} where simulated)`

const belowFloor = (table: string): RawBuilder<unknown> =>
  sql`exists (select from secumon.floors f join secumon.projection_live l using (projection, version)
    where f.projection = 'samples' and f.relation = ${table} and r.time < f.floor)`

const belowTenantFloor = (table: string): RawBuilder<unknown> =>
  sql`exists (select from secumon.tenant_floors f join secumon.projection_live l using (projection, version)
    where f.projection = 'samples' and f.relation = ${table} and f.tenant_id = r.tenant_id and r.time < f.floor)`
