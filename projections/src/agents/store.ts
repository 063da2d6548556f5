// Reads and writes the fleet tables: one statement a batch and table, whatever the number of agents.

import { toJson } from '@bufbuild/protobuf'
import { InventorySchema, type Inventory, type SystemdUnitSamples } from '@secumon/contracts/gen/observation'
import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import type { AgentStatus, Hearing } from '@secumon/domain/agent-status'
import { sql, type RawBuilder } from 'kysely'
import type { GenerationTx } from '../projector.ts'
import { emptyShard, type Presence, type ShardState, type StatusChange, type Touched } from './fold.ts'
import { newestHeadline } from './headline.ts'
import type { HearingRow } from './tables.ts'

/** Reads what is remembered of a shard. */
export async function loadShard(tx: GenerationTx, schema: string, shard: number): Promise<ShardState> {
  const at = sql.ref(schema)
  const heard = await sql<HeardRow>`select tick_ms::float8, doubted_ms::float8, listeners
    from ${at}.hearing where shard = ${shard}`.execute(tx)
  const present = await sql<PresentRow>`select tenant_id, agent_id, status, period_ms,
      extract(epoch from last_seen)::float8 * 1000 as received_ms,
      extract(epoch from status_since)::float8 * 1000 as since_ms, clock_offset_ms::float8
    from ${at}.agents where shard = ${shard}`.execute(tx)
  const state = emptyShard()
  if (heard.rows[0]) state.hearing = hearingOf(heard.rows[0])
  for (const row of present.rows) {
    const presence = presenceOf(row)
    state.agents.set(presence.agent, presence)
  }
  return state
}

/** Writes what a batch touched and returns the changed rows' ids by tenant. */
export async function writeShard(tx: GenerationTx, schema: string, written: Written): Promise<void> {
  await writeHearing(tx, schema, written)
  await writePresences(tx, schema, written)
  await writeJson(tx, schema, 'inventory', mapValues(written.touched.inventories, inventoryJson))
  await writeJson(tx, schema, 'units', mapValues(written.touched.units, unitsJson))
  await writeChanges(tx, schema, written.touched.changes)
}

export type Written = { readonly shard: number; readonly hearing: Hearing; readonly touched: Touched }

async function writeHearing(tx: GenerationTx, schema: string, { shard, hearing }: Written): Promise<void> {
  await sql`insert into ${sql.ref(schema)}.hearing (shard, tick_ms, doubted_ms, listeners)
    values (${shard}, ${hearing.tickMs}, ${hearing.doubtedMs ?? null}, ${JSON.stringify(hearing.listeners)})
    on conflict (shard) do update set tick_ms = excluded.tick_ms, doubted_ms = excluded.doubted_ms,
      listeners = excluded.listeners`.execute(tx)
}

async function writePresences(tx: GenerationTx, schema: string, { shard, touched }: Written): Promise<void> {
  const presences = [...touched.presences]
  if (presences.length === 0) return
  const headlines = presences.map(({ agent }) => newestHeadline(touched.frames.get(agent) ?? []))
  const column = (name: keyof NonNullable<(typeof headlines)[number]>) =>
    headlines.map((row) => row?.[name] ?? null)
  await sql`insert into ${sql.ref(schema)}.agents as a (agent_id, tenant_id, shard, status, status_since, last_seen,
      period_ms, clock_offset_ms, cpu_percent, memory_percent, disk_percent, disk_mount, load_1,
      receive_bytes_per_second, transmit_bytes_per_second, uptime_seconds)
    select id, tenant, ${shard}, status, to_timestamp(since / 1000), to_timestamp(seen / 1000),
      period, clock_offset, cpu, memory, disk, mount, load, receive, transmit, uptime
    from unnest(${presences.map(({ agent }) => ulidToUuid(agent))}::uuid[], ${presences.map((p) => p.tenant)}::text[],
      ${presences.map((p) => p.status)}::text[], ${presences.map((p) => p.statusSinceMs ?? null)}::float8[],
      ${presences.map((p) => p.receivedMs ?? null)}::float8[], ${presences.map((p) => p.periodMs)}::int[],
      ${presences.map((p) => Math.round(p.clockOffsetMs))}::bigint[], ${column('cpuPercent')}::real[],
      ${column('memoryPercent')}::real[], ${column('diskPercent')}::real[], ${column('diskMount')}::text[],
      ${column('load1')}::real[], ${column('receiveBytesPerSecond')}::float8[],
      ${column('transmitBytesPerSecond')}::float8[], ${column('uptimeSeconds')}::float8[])
      as t(id, tenant, status, since, seen, period, clock_offset, cpu, memory, disk, mount, load, receive, transmit, uptime)
    on conflict (agent_id) do update set shard = excluded.shard, status = excluded.status,
      status_since = excluded.status_since, last_seen = excluded.last_seen, period_ms = excluded.period_ms,
      clock_offset_ms = excluded.clock_offset_ms, ${KEEP_LAST}`.execute(tx)
}

/** Columns that only a frame brings. */
export const HEADLINE_COLUMNS = [
  'cpu_percent',
  'memory_percent',
  'disk_percent',
  'disk_mount',
  'load_1',
  'receive_bytes_per_second',
  'transmit_bytes_per_second',
  'uptime_seconds',
] as const

// A status change without a frame brings no values: what was known stays.
const KEEP_LAST: RawBuilder<unknown> = sql.join(
  HEADLINE_COLUMNS.map(
    (name) => sql`${sql.ref(name)} = coalesce(excluded.${sql.ref(name)}, a.${sql.ref(name)})`,
  ),
)

async function writeJson(
  tx: GenerationTx,
  schema: string,
  column: 'inventory' | 'units',
  documents: ReadonlyMap<string, unknown>,
): Promise<void> {
  if (documents.size === 0) return
  const ids = [...documents.keys()].map(ulidToUuid)
  const values = [...documents.values()].map((value) => JSON.stringify(value))
  await sql`update ${sql.ref(schema)}.agents as a set ${sql.ref(column)} = t.document
    from unnest(${ids}::uuid[], ${values}::jsonb[]) as t(id, document) where a.agent_id = t.id`.execute(tx)
}

async function writeChanges(
  tx: GenerationTx,
  schema: string,
  changes: readonly StatusChange[],
): Promise<void> {
  if (changes.length === 0) return
  await sql`insert into ${sql.ref(schema)}.changes (at, tenant_id, agent_id, kind, summary)
    select to_timestamp(at / 1000), tenant, id, 'status', summary
    from unnest(${changes.map((change) => change.atMs)}::float8[], ${changes.map((change) => change.tenant)}::text[],
      ${changes.map((change) => ulidToUuid(change.agent))}::uuid[],
      ${changes.map((change) => `${change.from} → ${change.to}`)}::text[]) as t(at, tenant, id, summary)`.execute(
    tx,
  )
}

type HeardRow = Omit<HearingRow, 'shard'>

const hearingOf = (row: HeardRow): Hearing => ({
  tickMs: row.tick_ms,
  doubtedMs: row.doubted_ms ?? undefined,
  listeners: row.listeners,
})

type PresentRow = {
  tenant_id: string
  agent_id: string
  status: AgentStatus
  period_ms: number
  received_ms: number | null
  since_ms: number | null
  clock_offset_ms: number | null
}

const presenceOf = (row: PresentRow): Presence => ({
  tenant: row.tenant_id,
  agent: uuidToUlid(row.agent_id),
  status: row.status,
  periodMs: row.period_ms,
  receivedMs: row.received_ms ?? undefined,
  statusSinceMs: row.since_ms ?? undefined,
  clockOffsetMs: row.clock_offset_ms ?? 0,
})

const inventoryJson = (inventory: Inventory) =>
  toJson(InventorySchema, inventory, { alwaysEmitImplicit: true, useProtoFieldName: true })

const unitsJson = ({ unit, activeState, subState }: SystemdUnitSamples) =>
  unit.map((name, i) => ({ unit: name, active_state: activeState[i] ?? '', sub_state: subState[i] ?? '' }))

const mapValues = <A, B>(map: ReadonlyMap<string, A>, change: (value: A) => B): Map<string, B> =>
  new Map([...map].map(([key, value]) => [key, change(value)]))
