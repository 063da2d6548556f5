// The data keys of tenants. See vault-tables.ts.

import { sql, type Kysely } from 'kysely'

const STATEMENTS = [
  `create table vault.data_keys (
    key_id text primary key,
    tenant_id text not null,
    master_key_id text,
    wrapped bytea,
    created_at timestamptz not null,
    retired_at timestamptz,
    shredded_at timestamptz,
    check ((wrapped is null) = (shredded_at is not null)),
    check ((wrapped is null) = (master_key_id is null)),
    check (shredded_at is null or retired_at is not null)
  )`,
  `create index data_keys_tenant on vault.data_keys (tenant_id, created_at)`,
  // A tenant has one key to write with, whoever makes it first.
  `create unique index data_keys_current on vault.data_keys (tenant_id) where retired_at is null`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}
