// Tables of the fleet read model. Each column is fed by one stream: what people say by EVENTS, what agents measure
// by TELEMETRY.

import type { Listener } from '@secumon/domain/agent-status'
import { sql, type Kysely } from 'kysely'
import type { GenerationTable } from '../projector.ts'

export type AgentsTables = {
  agents: AgentRow
  hearing: HearingRow
  changes: ChangeRow
}

export type AgentRow = {
  tenant_id: string
  agent_id: string
  /** From EVENTS; null until the agent's registration has been projected. */
  name: string | null
  tags: string[]
  simulated: boolean
  retired: boolean
  enrolled_at: Date | null
  /** From TELEMETRY, from here on. */
  shard: number | null
  status: string
  status_since: Date | null
  last_seen: Date | null
  period_ms: number
  clock_offset_ms: number | null
  cpu_percent: number | null
  memory_percent: number | null
  disk_percent: number | null
  disk_mount: string | null
  load_1: number | null
  receive_bytes_per_second: number | null
  transmit_bytes_per_second: number | null
  uptime_seconds: number | null
  inventory: string | null
  units: string | null
}

export type HearingRow = {
  shard: number
  tick_ms: number
  doubted_ms: number | null
  listeners: Listener[]
}

export type ChangeRow = {
  at: Date
  tenant_id: string
  agent_id: string
  kind: string
  summary: string
}

export const AGENTS_TABLES: readonly GenerationTable[] = [
  { name: 'agents', agent: 'agent_id' },
  { name: 'hearing', ofTheWholePast: ['listeners'] },
  { name: 'changes', agent: 'agent_id', time: 'at' },
]

export async function createAgentsTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const at = sql.ref(schema)
  // Values of every frame are written in place: room on the page and no index on them keep the update cheap.
  await sql`create table ${at}.agents (
    agent_id uuid primary key,
    tenant_id text not null,
    name text,
    tags text[] not null default '{}',
    simulated boolean not null default false,
    retired boolean not null default false,
    enrolled_at timestamptz,
    shard integer,
    status text not null default 'pending',
    status_since timestamptz,
    last_seen timestamptz,
    period_ms integer not null default 10000,
    clock_offset_ms bigint,
    cpu_percent real,
    memory_percent real,
    disk_percent real,
    disk_mount text,
    load_1 real,
    receive_bytes_per_second double precision,
    transmit_bytes_per_second double precision,
    uptime_seconds double precision,
    inventory jsonb,
    units jsonb
  ) with (fillfactor = 60)`.execute(db)
  await sql`create index on ${at}.agents (tenant_id, name)`.execute(db)
  await sql`create table ${at}.hearing (
    shard integer primary key,
    tick_ms bigint not null,
    doubted_ms bigint,
    listeners jsonb not null default '[]'
  )`.execute(db)
  await sql`create table ${at}.changes (
    at timestamptz not null,
    tenant_id text not null,
    agent_id uuid not null,
    kind text not null,
    summary text not null
  )`.execute(db)
  await sql`create index on ${at}.changes (tenant_id, at desc)`.execute(db)
}
