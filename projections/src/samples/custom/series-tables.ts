// Which series of custom metrics a generation knows, and what of them it refused. Days are those on which something of a
// series arrived, so that a series costs a write a day.

import { sql, type Kysely } from 'kysely'
import { tablesOf } from '../../rebuild/columns.ts'

/** A series is a metric of an agent with certain labels. Its kind may change: then it is the newest. */
const SERIES = 'custom_series'
const REFUSED = 'custom_refused'

/**
 * Creates them where a generation's schema lacks them. One that is built beside a live one knows its series from the
 * start: what a tenant has, it keeps, in whatever order the log is read again.
 */
export async function createSeriesTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const held = await tablesOf(db, schema)
  if (!held.has(REFUSED))
    await sql`create table ${sql.table(`${schema}.${REFUSED}`)} (tenant_id text primary key,
      refused_values bigint not null, last_refused timestamptz not null)`.execute(db)
  if (held.has(SERIES)) return
  const series = sql.table(`${schema}.${SERIES}`)
  await sql`create table ${series} (tenant_id text not null, agent_id uuid not null, metric text not null,
    labels text not null, counter boolean not null, first_seen date not null, last_seen date not null,
    primary key (tenant_id, agent_id, metric, labels))`.execute(db)
  await sql`create index on ${series} (tenant_id, last_seen)`.execute(db)
  const { rows } = await sql<{ live: string }>`select schema as live from secumon.projection_live
    where projection = 'samples' and schema <> ${schema}`.execute(db)
  for (const { live } of rows) await takeOverSeries(db, live, schema)
}

/**
 * Adds the series of one generation to those of another, unless older code made it without. Both may stand still
 * meanwhile: rows that would stay as they are are not written.
 */
export async function takeOverSeries(db: Kysely<unknown>, from: string, to: string): Promise<void> {
  if (!(await tablesOf(db, from)).has(SERIES)) return
  await sql`insert into ${sql.table(`${to}.${SERIES}`)} as s
      (tenant_id, agent_id, metric, labels, counter, first_seen, last_seen)
    select tenant_id, agent_id, metric, labels, counter, first_seen, last_seen
    from ${sql.table(`${from}.${SERIES}`)}
    on conflict (tenant_id, agent_id, metric, labels) do update set
      first_seen = least(s.first_seen, excluded.first_seen), last_seen = greatest(s.last_seen, excluded.last_seen)
    where excluded.first_seen < s.first_seen or excluded.last_seen > s.last_seen`.execute(db)
}
