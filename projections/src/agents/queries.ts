// Reads of the fleet: always within one tenant, sorted and paged by the database.

import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import type { AgentStatus } from '@secumon/domain/agent-status'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { liveSchema } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'

export type FleetAgent = {
  id: string
  name: string
  hostname: string | null
  status: AgentStatus
  status_since: number | null
  last_seen: number | null
  period_ms: number
  os: string | null
  agent_version: string | null
  tags: string[]
  simulated: boolean
  cpu_percent: number | null
  memory_percent: number | null
  disk_percent: number | null
  disk_mount: string | null
  load_1: number | null
  receive_bytes_per_second: number | null
  transmit_bytes_per_second: number | null
  uptime_seconds: number | null
  clock_offset_ms: number | null
  enrolled_at: number
}

export type FleetFilter = {
  readonly q?: string | undefined
  /** Comma-separated. */
  readonly status?: string | undefined
  readonly tag?: string | undefined
  readonly simulated?: 'true' | 'false' | undefined
}

export type FleetSort = 'name' | 'status' | 'cpu' | 'memory' | 'disk' | 'load' | 'last_seen' | 'enrolled'

export type FleetPage = FleetFilter & {
  readonly sort: FleetSort
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

export type StatusCounts = Record<AgentStatus, number>

const ms = (column: string): RawBuilder<unknown> =>
  sql`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`

const COLUMNS = sql`agent_id, tenant_id, name, inventory->>'hostname' as hostname, status,
  ${ms('status_since')} as status_since, ${ms('last_seen')} as last_seen, period_ms, inventory->>'os' as os,
  inventory->>'agent_version' as agent_version, tags, simulated, cpu_percent, memory_percent, disk_percent, disk_mount,
  load_1, receive_bytes_per_second, transmit_bytes_per_second, uptime_seconds, clock_offset_ms::float8,
  ${ms('enrolled_at')} as enrolled_at`

// An agent shows once it is registered and until it is retired.
const SHOWN = sql`name is not null and not retired`

const SORTS: Record<FleetSort, RawBuilder<unknown>> = {
  name: sql`lower(name)`,
  status: sql`array_position(array['offline', 'unknown', 'pending', 'online'], status)`,
  cpu: sql`cpu_percent`,
  memory: sql`memory_percent`,
  disk: sql`disk_percent`,
  load: sql`load_1`,
  last_seen: sql`last_seen`,
  enrolled: sql`enrolled_at`,
}

type AgentRow = Omit<FleetAgent, 'id'> & { agent_id: string; tenant_id: string }

/** One page of the fleet, the number that match, and the counts by status of all. */
export async function listFleet(db: Kysely<unknown>, scope: TenantScope, page: FleetPage) {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const where = sql`tenant_id = ${scope.tenant} and ${SHOWN} and ${matching(page)}`
  const direction = page.order === 'desc' ? sql`desc` : sql`asc`
  const [rows, total, counts] = await Promise.all([
    sql<AgentRow>`select ${COLUMNS} from ${at}.agents where ${where}
      order by ${SORTS[page.sort]} ${direction} nulls last, agent_id limit ${page.limit} offset ${page.offset}`.execute(
      db,
    ),
    sql<{ total: number }>`select count(*)::int as total from ${at}.agents where ${where}`.execute(db),
    statusCounts(db, scope),
  ])
  return { total: total.rows[0]?.total ?? 0, counts, agents: rows.rows.map(fleetAgent), as_of: Date.now() }
}

/** How many agents are in each status. */
export async function statusCounts(db: Kysely<unknown>, scope: TenantScope): Promise<StatusCounts> {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } = await sql<{ status: AgentStatus; count: number }>`select status, count(*)::int as count
    from ${at}.agents where tenant_id = ${scope.tenant} and ${SHOWN} group by status`.execute(db)
  const counts: StatusCounts = { online: 0, offline: 0, unknown: 0, pending: 0 }
  for (const { status, count } of rows) counts[status] = count
  return counts
}

/** Every agent in a few bytes. */
export async function fleetMap(db: Kysely<unknown>, scope: TenantScope) {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } = await sql<MapRow>`select agent_id, name, status, tags, cpu_percent as cpu from ${at}.agents
    where tenant_id = ${scope.tenant} and ${SHOWN} order by lower(name)`.execute(db)
  return { agents: rows.map(({ agent_id, ...row }) => ({ id: uuidToUlid(agent_id), ...row })) }
}

type MapRow = { agent_id: string; name: string; status: AgentStatus; tags: string[]; cpu: number | null }

/** Names of all agents, sorted: what old clients list. */
export async function agentNames(db: Kysely<unknown>, scope: TenantScope): Promise<string[]> {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } = await sql<{ name: string }>`select name from ${at}.agents
    where tenant_id = ${scope.tenant} and ${SHOWN} order by lower(name)`.execute(db)
  return rows.map((row) => row.name)
}

export type Unit = { unit: string; active_state: string; sub_state: string }

export type AgentInventory = {
  hostname: string
  os: string
  kernel: string
  architecture: string
  cpu_model: string
  cpu_cores: number
  memory_total_bytes: number
  addresses: string[]
  packages: number
  agent_version: string
  booted_at: number
  virtualization: string
}

/** One agent with its inventory and units; undefined when this tenant has no such agent. */
export async function getAgent(db: Kysely<unknown>, scope: TenantScope, id: string) {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } = await sql<AgentRow & { inventory: StoredInventory | null; units: Unit[] | null }>`
    select ${COLUMNS}, inventory, units from ${at}.agents
    where tenant_id = ${scope.tenant} and agent_id = ${ulidToUuid(id)} and name is not null`.execute(db)
  const row = rows[0]
  if (!row) return undefined
  const { inventory, units, ...agent } = row
  return { agent: fleetAgent(agent), inventory: inventory && readInventory(inventory), units: units ?? [] }
}

type StoredInventory = Omit<AgentInventory, 'booted_at'> & { booted_at_ms: string }

const readInventory = ({ booted_at_ms, ...inventory }: StoredInventory): AgentInventory => ({
  ...inventory,
  booted_at: Number(booted_at_ms),
})

export type Change = {
  at: number
  kind: string
  agent_id: string
  agent_name: string | null
  summary: string
}

/** Counts, the five busiest by CPU, memory and disk, and what changed in the last hour, newest first. */
export async function fleetOverview(db: Kysely<unknown>, scope: TenantScope) {
  const top = (sort: FleetSort) =>
    listFleet(db, scope, { status: 'online', sort, order: 'desc', limit: 5, offset: 0 }).then(
      (page) => page.agents,
    )
  const [counts, cpu, memory, disk, changes] = await Promise.all([
    statusCounts(db, scope),
    top('cpu'),
    top('memory'),
    top('disk'),
    recentChanges(db, scope),
  ])
  return { counts, top: { cpu, memory, disk }, changes }
}

async function recentChanges(db: Kysely<unknown>, scope: TenantScope): Promise<Change[]> {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } =
    await sql<Change>`select (extract(epoch from c.at) * 1000)::float8 as at, c.kind, c.agent_id,
      a.name as agent_name, c.summary
    from ${at}.changes c left join ${at}.agents a using (tenant_id, agent_id)
    where c.tenant_id = ${scope.tenant} and c.at > now() - interval '1 hour' order by c.at desc limit 50`.execute(
      db,
    )
  return rows.map((row) => ({ ...row, agent_id: uuidToUlid(row.agent_id) }))
}

/** When a gateway was last heard, milliseconds by its own clock; undefined before the first. Of the whole platform. */
export async function lastGatewaySign(db: Kysely<unknown>): Promise<number | undefined> {
  const at = sql.ref(await liveSchema(db, 'agents'))
  const { rows } = await sql<{ seen: number | null }>`select max((listener->>'seenMs')::float8) as seen
    from ${at}.hearing, jsonb_array_elements(listeners) as listener`.execute(db)
  return rows[0]?.seen ?? undefined
}

/** The rows of the given agents as lists show them, by tenant: for live fan-out after a write. */
export async function listChanged(
  db: Kysely<unknown>,
  schema: string,
  changed: readonly { readonly tenant: string; readonly agent: string }[],
): Promise<Map<string, FleetAgent[]>> {
  const byTenant = new Map<string, FleetAgent[]>()
  if (changed.length === 0) return byTenant
  const ids = [...new Set(changed.map(({ agent }) => ulidToUuid(agent)))]
  const { rows } = await sql<AgentRow>`select ${COLUMNS} from ${sql.ref(schema)}.agents
    where agent_id = any(${ids}::uuid[]) and ${SHOWN}`.execute(db)
  for (const row of rows) {
    const agents = byTenant.get(row.tenant_id) ?? []
    byTenant.set(row.tenant_id, agents)
    agents.push(fleetAgent(row))
  }
  return byTenant
}

function matching({ q, status, tag, simulated }: FleetFilter): RawBuilder<unknown> {
  const conditions: RawBuilder<unknown>[] = [sql`true`]
  if (q) {
    const pattern = `%${q.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
    conditions.push(sql`(name ilike ${pattern} or inventory->>'hostname' ilike ${pattern}
      or inventory->>'addresses' ilike ${pattern} or array_to_string(tags, ' ') ilike ${pattern})`)
  }
  if (status) conditions.push(sql`status = any(${status.split(',')}::text[])`)
  if (tag) conditions.push(sql`${tag} = any(tags)`)
  if (simulated) conditions.push(sql`simulated = ${simulated === 'true'}`)
  return sql.join(conditions, sql` and `)
}

const fleetAgent = ({ agent_id, tenant_id: _tenant, ...row }: AgentRow): FleetAgent => ({
  id: uuidToUlid(agent_id),
  ...row,
})
