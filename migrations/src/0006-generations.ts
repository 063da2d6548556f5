// Generations get numbers of their own, and rebuilding a place to remember how far it is.

import { sql, type Kysely } from 'kysely'

const STATEMENTS = [
  sql`create table secumon.generations (
    projection text not null,
    generation integer not null,
    code_version integer not null,
    schema text not null,
    state text not null check (state in ('building', 'live', 'retired', 'shadow')),
    created_at timestamptz not null default now(),
    since timestamptz not null default now(),
    primary key (projection, generation)
  )`,
  sql`create unique index generations_live on secumon.generations (projection) where state = 'live'`,
  // Until now the version of the code was the number.
  sql`insert into secumon.generations (projection, generation, code_version, schema, state, created_at, since)
    select projection, version, version, schema, 'live', since, since from secumon.projection_live`,
  // When the first record of the horizon was received; unknown of what was taken before.
  sql`alter table secumon.agent_position add column horizon_at timestamptz`,
  sql`create table secumon.rebuilds (
    projection text not null,
    generation integer not null,
    purpose text not null check (purpose in ('rebuild', 'upgrade', 'undo', 'verify')),
    phase text not null check (phase in ('archive', 'log', 'sealing', 'done', 'failed', 'cancelled')),
    wanted text not null default 'run' check (wanted in ('run', 'pause', 'cancel')),
    rate double precision check (rate > 0),
    flush bigint not null default 0,
    until_flush bigint not null default 0,
    done bigint not null default 0,
    total bigint not null default 0,
    horizon timestamptz,
    started_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    detail text,
    primary key (projection, generation)
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await statement.execute(db)
}
