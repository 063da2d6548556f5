// Parts of alerting that fail again and again are told of by processes that do not do them: health and status.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table secumon.part_failures (
      part text primary key,
      failures integer not null,
      since timestamptz not null,
      last_at timestamptz not null,
      reason text not null
    )`.execute(db)
}
