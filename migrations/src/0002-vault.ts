// Schema `vault`: credentials and keys. See vault-tables.ts for what each table is for.

import { sql, type Kysely } from 'kysely'

// One statement each: a driver that prepares takes no more.
const STATEMENTS = [
  `create schema vault`,
  `revoke all on schema vault from public`,
  `create table vault.users (
    id text primary key,
    tenant_id text not null,
    username text not null check (username ~ '^[A-Za-z0-9._-]{1,64}$'),
    email text check (position('@' in email) > 1 and length(email) <= 320),
    password_hash text not null,
    role text not null check (role in ('superadmin', 'admin', 'user', 'readonly')),
    created_at timestamptz not null,
    disabled boolean not null default false
  )`,
  `create unique index users_username on vault.users (lower(username))`,
  `create unique index users_email on vault.users (lower(email)) where email is not null`,
  `create table vault.sessions (
    id_hash bytea primary key,
    user_id text not null references vault.users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create index sessions_user on vault.sessions (user_id)`,
  `create index sessions_expiry on vault.sessions (expires_at)`,
  `create table vault.refresh_tokens (
    hash bytea primary key,
    family text not null,
    user_id text not null references vault.users on delete cascade,
    parent bytea,
    used boolean not null default false,
    dead boolean not null default false,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create index refresh_tokens_family on vault.refresh_tokens (family)`,
  `create index refresh_tokens_user on vault.refresh_tokens (user_id)`,
  `create index refresh_tokens_expiry on vault.refresh_tokens (expires_at)`,
  `create table vault.enrolment_tokens (
    hash bytea primary key,
    tenant_id text not null,
    uses_left integer not null check (uses_left >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    note text not null
  )`,
  `create table vault.enrolments (
    public_key bytea primary key check (octet_length(public_key) = 32),
    agent_id uuid not null unique,
    tenant_id text not null,
    token_hash bytea not null,
    created_at timestamptz not null,
    activated_at timestamptz
  )`,
  `create table vault.secrets (
    name text primary key,
    key_id text not null,
    value bytea not null,
    created_at timestamptz not null default now()
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}
