// What each tenant keeps, as it was set last.

import { daysOf } from '@secumon/domain/retention/retention'
import { sql, type Kysely } from 'kysely'
import type { EnvelopeFact, Fact, GenerationTx, Projector } from '../projector.ts'

export const RETENTION = 'retention'

export const retentionProjector: Projector = {
  name: RETENTION,
  version: 1,
  feeds: ['events'],
  sink: 'sql',
  createTables: createRetentionTables,
  tables: [{ name: 'retention' }],
  async project(batch, tx, schema) {
    for (const fact of batch) if (isRetention(fact)) await write(tx, schema, fact)
    return undefined
  },
}

async function createRetentionTables(db: Kysely<unknown>, schema: string): Promise<void> {
  await sql`create table ${sql.table(`${schema}.retention`)} (tenant_id text primary key, raw integer,
    rollup5min integer, rollup1hour integer, logs integer)`.execute(db)
}

const isRetention = (fact: Fact): fact is EnvelopeFact =>
  fact.kind === 'envelope' && fact.aggregate === 'retention'

async function write(tx: GenerationTx, schema: string, { tenant, envelope }: EnvelopeFact): Promise<void> {
  for (const { event } of envelope.events) {
    if (event.case !== 'retentionSet') continue
    const { raw = null, rollup5min = null, rollup1hour = null, logs = null } = daysOf(event.value)
    await sql`insert into ${sql.table(`${schema}.retention`)} (tenant_id, raw, rollup5min, rollup1hour, logs)
      values (${tenant}, ${raw}, ${rollup5min}, ${rollup1hour}, ${logs})
      on conflict (tenant_id) do update set raw = excluded.raw, rollup5min = excluded.rollup5min,
        rollup1hour = excluded.rollup1hour, logs = excluded.logs`.execute(tx)
  }
}
