// The life of data: how far rollups are, what must be made again, where each relation begins, and the jobs that see to it.

import { sql, type Kysely } from 'kysely'

const STATEMENTS = [
  sql`create table secumon.rollups (
    projection text not null,
    version integer not null,
    relation text not null,
    until timestamptz not null,
    stepping_to timestamptz not null,
    updated_at timestamptz not null default now(),
    primary key (projection, version, relation),
    check (until <= stepping_to)
  )`,
  sql`create table secumon.rollup_dirty (
    projection text not null,
    version integer not null,
    relation text not null,
    agent uuid not null,
    bucket timestamptz not null,
    marked_at timestamptz not null default now()
  )`,
  sql`create index rollup_dirty_by_bucket on secumon.rollup_dirty (projection, version, relation, bucket, agent)`,
  sql`create table secumon.floors (
    projection text not null,
    version integer not null,
    relation text not null,
    floor timestamptz not null,
    late_rows bigint not null default 0,
    primary key (projection, version, relation)
  )`,
  sql`create table secumon.jobs (
    name text primary key,
    about text not null,
    schedule text not null,
    state text not null check (state in ('waiting', 'running', 'failed')),
    next_at timestamptz,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_ok_at timestamptz,
    failures integer not null default 0,
    detail text
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await statement.execute(db)
}
