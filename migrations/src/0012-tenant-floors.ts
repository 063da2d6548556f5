// Tenants may keep less than the platform does: where each relation begins for them.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table secumon.tenant_floors (
    projection text not null,
    version integer not null,
    relation text not null,
    tenant_id text not null,
    floor timestamptz not null,
    primary key (projection, version, relation, tenant_id)
  )`.execute(db)
}
