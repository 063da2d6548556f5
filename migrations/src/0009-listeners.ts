// A shard remembers each gateway that it hears, where it remembered them as one. Tables of the agents that were built before
// are changed; who is there says so within seconds.

import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`do $$
    declare built record;
    begin
      for built in select table_schema as name from information_schema.tables
        where table_name = 'hearing' and table_schema like 'agents\\_%' loop
        execute format($alter$alter table %I.hearing
          drop column if exists gateway_seen_ms, drop column if exists gateway_since_ms,
          add column if not exists listeners jsonb not null default '[]'$alter$, built.name);
      end loop;
    end $$`.execute(db)
}
