// What alerting keeps beside the log: the state of its reactors, so that a restart does not read the log from its
// beginning, and the secrets of channels.

import { sql, type Kysely } from 'kysely'

const STATEMENTS = [
  `create table secumon.reactor_state (
    reactor text not null,
    partition integer not null,
    code_version integer not null,
    fence bigint not null,
    places jsonb not null,
    bytes bigint not null,
    saved_at timestamptz not null default now(),
    primary key (reactor, partition)
  )`,
  `create table secumon.reactor_state_parts (
    reactor text not null,
    partition integer not null,
    part integer not null,
    data bytea not null,
    primary key (reactor, partition, part),
    foreign key (reactor, partition) references secumon.reactor_state on delete cascade
  )`,
  // They are compressed already.
  `alter table secumon.reactor_state_parts alter column data set storage external`,
  `create table vault.channel_secrets (
    tenant_id text not null,
    channel_id text not null,
    version integer not null check (version > 0),
    names text[] not null,
    key_id text not null,
    sealed bytea not null,
    created_at timestamptz not null,
    primary key (tenant_id, channel_id, version)
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}
