// What each tenant keeps, as it was set last, who set it when, and what it was before: for a change that takes back another
// one before anything was deleted deletes nothing.

import { daysOf, type TenantRetention } from '@secumon/domain/retention/retention'
import { sql, type Kysely } from 'kysely'
import { saidIn, type Said } from '../alerts/said.ts'
import type { GenerationTx, Projector } from '../projector.ts'

export const RETENTION = 'retention'

export const retentionProjector: Projector = {
  name: RETENTION,
  version: 3,
  feeds: ['events'],
  sink: 'sql',
  createTables: createRetentionTables,
  tables: [{ name: 'retention' }],
  async project(batch, tx, schema) {
    for (const said of saidIn(batch))
      if (said.event.case === 'retentionSet')
        await write(tx, schema, { said, days: daysOf(said.event.value) })
    return undefined
  },
}

async function createRetentionTables(db: Kysely<unknown>, schema: string): Promise<void> {
  await sql`create table ${sql.table(`${schema}.retention`)} (tenant_id text primary key, raw integer,
    rollup5min integer, rollup1hour integer, logs integer,
    changed_at timestamptz, changed_by jsonb, earlier jsonb)`.execute(db)
}

type Change = { readonly said: Said; readonly days: TenantRetention }

// There are a few changes a year: more than these between two nights matter to nobody.
const LAST_CHANGES = sql.raw("'$[0 to 19]'")

async function write(tx: GenerationTx, schema: string, { said, days }: Change): Promise<void> {
  const { raw = null, rollup5min = null, rollup1hour = null, logs = null } = days
  const by = said.actor && JSON.stringify(said.actor)
  await sql`insert into ${sql.table(`${schema}.retention`)} as held
      (tenant_id, raw, rollup5min, rollup1hour, logs, changed_at, changed_by, earlier)
    values (${said.tenant}, ${raw}, ${rollup5min}, ${rollup1hour}, ${logs}, ${new Date(said.atMs)}, ${by},
      jsonb_build_array(jsonb_build_object('untilMs', ${said.atMs}::float8, 'days', '{}'::jsonb)))
    on conflict (tenant_id) do update set raw = excluded.raw, rollup5min = excluded.rollup5min,
      rollup1hour = excluded.rollup1hour, logs = excluded.logs,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by,
      earlier = jsonb_path_query_array(jsonb_build_array(jsonb_build_object('untilMs', ${said.atMs}::float8,
        'days', jsonb_strip_nulls(jsonb_build_object('raw', held.raw, 'rollup5min', held.rollup5min,
          'rollup1hour', held.rollup1hour, 'logs', held.logs)))) || held.earlier, ${LAST_CHANGES})`.execute(
    tx,
  )
}
