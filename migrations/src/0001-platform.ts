// Schema `secumon`: what the platform remembers about its own work. See platform-tables.ts for what each is for.

import { sql, type Kysely } from 'kysely'

const TABLES = [
  sql`create table secumon.projection_live (
    projection text primary key,
    version integer not null,
    schema text not null,
    since timestamptz not null default now()
  )`,
  sql`create table secumon.checkpoints (
    projection text not null,
    version integer not null,
    stream text not null,
    position bigint not null,
    hash bytea,
    fence bigint not null,
    marks jsonb not null default '[]',
    committed_at timestamptz not null default now(),
    primary key (projection, version, stream)
  ) with (fillfactor = 50)`,
  // Rewritten at each batch: room on the page and no second index keep the updates in place.
  sql`create table secumon.agent_position (
    projection text not null,
    version integer not null,
    agent uuid not null,
    lane smallint not null,
    epoch bigint not null,
    sequence bigint not null,
    hash bytea not null,
    horizon_epoch bigint not null,
    horizon_sequence bigint not null,
    primary key (projection, version, agent, lane)
  ) with (fillfactor = 60)`,
  sql`create table secumon.aggregate_position (
    projection text not null,
    version integer not null,
    tenant text not null,
    aggregate text not null,
    id text not null,
    last_version bigint not null,
    command_id text not null,
    primary key (projection, version, tenant, aggregate, id)
  ) with (fillfactor = 80)`,
  sql`create table secumon.dead_letters (
    id bigint generated always as identity primary key,
    projection text not null,
    version integer not null,
    stream text not null,
    position bigint not null,
    subject text not null,
    payload bytea not null,
    headers jsonb not null default '{}',
    error text not null,
    at timestamptz not null,
    retried_at timestamptz,
    unique (projection, version, stream, position)
  )`,
  sql`create table secumon.platform_holes (
    id bigint generated always as identity primary key,
    projection text not null,
    version integer not null,
    stream text not null,
    position bigint not null,
    subject text not null,
    expected text not null,
    found text not null,
    at timestamptz not null
  )`,
  sql`create table secumon.leases (
    name text primary key,
    holder text not null,
    fence bigint not null,
    expires_at timestamptz not null
  )`,
  sql`create table secumon.events_archive (
    tenant text not null,
    aggregate text not null,
    id text not null,
    version bigint not null,
    command_id text not null,
    payload bytea not null,
    hash bytea not null,
    at timestamptz not null,
    primary key (tenant, aggregate, id, version)
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await table.execute(db)
}
