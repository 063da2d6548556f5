// What is decided at the first start of an installation and holds ever after.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table secumon.facts (name text primary key, value text not null)`.execute(db)
}
