// A shard remembers a tick that it does not believe yet. Tables of the agents that were built before are widened:
// nothing else of them changes, so that they need not be built again.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`do $$
    declare built record;
    begin
      for built in select table_schema as name from information_schema.tables
        where table_name = 'hearing' and table_schema like 'agents\\_%' loop
        execute format('alter table %I.hearing add column if not exists doubted_ms bigint', built.name);
      end loop;
    end $$`.execute(db)
}
