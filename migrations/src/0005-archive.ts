// How far the archiver has committed: beside its checkpoints and positions, in the same transactions.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table secumon.archive_progress (
    id smallint primary key default 1 check (id = 1),
    flush bigint not null,
    committed_at timestamptz not null default now(),
    full_since timestamptz
  )`.execute(db)
}
