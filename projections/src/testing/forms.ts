// A database becomes more or less than what its tables were made on. They go on in their own form, and a rebuild makes
// them in that of the day. On one server of TimescaleDB, of which less may be wanted.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { closeDatabase, openDatabase, untyped, type Database } from '@secumon/infra/database/database'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { migrate } from '@secumon/migrations/migrate'
import { hypertablesIn, type TimeSeriesEdition } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { pino } from 'pino'
import { ensureGeneration, UnusableGeneration } from '../generations.ts'
import { liveGeneration } from '../live-generation.ts'
import { aggregatesOf } from '../samples/continuous/aggregates.ts'
import { samplesProjector } from '../samples/project.ts'
import { querySeries } from '../samples/queries.ts'
import { ROLLUPS } from '../samples/rollups/definitions.ts'
import { rollUp } from '../samples/rollups/roll-up-job.ts'
import { observation } from '../samples/samples.fixture.ts'
import { SAMPLE_TABLES } from '../samples/tables.ts'
import { tenantScope } from '../tenant-scope.ts'
import { live, maintain, rebuilt, runJob, type Life } from './life.ts'
import { MemoryLog } from './memory-log.ts'
import { agentId, RecordedLane } from './recorded.ts'
import { STREAM } from './recorder.ts'
import { assertRollupsAreRight } from './rollup-laws.ts'

const DAY_MS = 24 * 3_600_000
const NOW = Date.now()
/** Of each part, on a machine that is busy. */
const BOUND = { timeout: 120_000 }

export type Forms = { readonly url: string; readonly writeRows: WriteRows }

/** Runs all parts, one after the other, on an empty database. At the end there is no TimescaleDB any more. */
export async function forms(t: TestContext, { url, writeRows }: Forms): Promise<void> {
  const log = new MemoryLog()
  const lane = new RecordedLane(agentId(1))
  const as = (timescale: TimeSeriesEdition, work: (life: Life) => Promise<void>) => async () => {
    const logger = pino({ level: 'silent' })
    const db = openDatabase({ url, poolSize: 6, applicationName: 'test', logger, timescale })
    try {
      await work({ db, log, writeRows })
    } finally {
      await closeDatabase(db)
    }
  }
  /** Something comes, now and late, and all jobs are done. */
  const goesOn = async (life: Life) => {
    const late = [9, 6].map((days) => NOW - days * DAY_MS + lane.sequence * 60_000)
    await live(
      life,
      ...[...late, NOW - 3_600_000].map((atMs) => lane.frame({ receivedAtMs: NOW }, ...around(atMs))),
    )
    await maintain(life)
    await runJob(life, rollUp)
    const generation = await liveGeneration(life.db.withTables(), 'samples')
    assert.ok((await assertRollupsAreRight({ db: untyped(life.db), generation, toMs: NOW - 2 * DAY_MS })) > 0)
  }

  await t.test(
    'partitions go on where there is TimescaleDB now',
    BOUND,
    as('plain', async (life) => {
      await migrate(life.db)
      await goesOn(life)
    }),
  )
  await t.test(
    'and a rebuild makes hypertables, which an undo takes back',
    BOUND,
    as('full', async (life) => {
      await goesOn(life)
      assert.deepEqual(await formsOf(life.db), { hypertables: 0, aggregates: 0 })
      const before = await answer(life.db)
      for (const purpose of ['rebuild', 'undo', 'undo'] as const) {
        await rebuilt(life, purpose)
        assert.deepEqual(await answer(life.db), before)
      }
      assert.deepEqual(await formsOf(life.db), {
        hypertables: SAMPLE_TABLES.length,
        aggregates: ROLLUPS.length,
      })
      await goesOn(life)
    }),
  )
  await t.test(
    'hypertables go on where less is wanted; what is new there is made by us, and stays so',
    BOUND,
    as('apache', async (life) => {
      const { schema } = await liveGeneration(life.db.withTables(), 'samples')
      for (const name of ['metrics_1hour', 'disk_metrics_1hour'])
        await sql`drop materialized view ${sql.table(`${schema}.${name}`)}`.execute(life.db)
      await sql`delete from secumon.rollups where relation ~ '(^|disk_)metrics_1hour'`.execute(life.db)
      await goesOn(life)
    }),
  )
  await t.test(
    'also once more is wanted again; chunks get the index that they were made without',
    BOUND,
    as('full', async (life) => {
      const { schema } = await liveGeneration(life.db.withTables(), 'samples')
      const indexes = () => timeIndexes(life.db, schema)
      const had = await indexes()
      await sql
        .raw(
          `do $$ declare i regclass; begin
        for i in select c.oid from pg_class c join pg_am m on m.oid = c.relam where m.amname = 'brin'
          and c.relnamespace = '${schema}'::regnamespace
        loop execute format('drop index %s', i); end loop; end $$`,
        )
        .execute(life.db)
      assert.equal(await indexes(), 0)
      await goesOn(life)
      assert.ok(had > 4 && (await indexes()) >= 3)
      assert.deepEqual(await formsOf(life.db), {
        hypertables: SAMPLE_TABLES.length,
        aggregates: ROLLUPS.length - 2,
      })
    }),
  )
  await t.test(
    'without TimescaleDB nothing goes on with what is left of hypertables; what to do is said, and helps',
    BOUND,
    as('plain', async (life) => {
      const { db } = life
      await sql`drop extension timescaledb cascade`.execute(db)
      await assert.rejects(ensureGeneration(db, samplesProjector()), (error: unknown) => {
        assert.ok(error instanceof UnusableGeneration)
        assert.match(error.message, /without TimescaleDB: .* with `secumon rebuild samples`$/)
        return true
      })
      // Nor do the tables come any more that newer code has.
      const { schema } = await liveGeneration(db.withTables(), 'samples')
      await sql`drop table ${sql.table(`${schema}.custom_metrics`)} cascade`.execute(db)
      log.purge(STREAM, (await log.bounds(STREAM)).last - 1)
      await rebuilt(life, 'rebuild')
      await goesOn(life)
    }),
  )
}

const around = (atMs: number) => [0, 8, 16].map((minutes, i) => observation(atMs + minutes * 60_000, i * 7))

// As a process that has just started.
async function answer(db: Database) {
  const { series, times } = await querySeries(db.withTables(), tenantScope('main'), {
    agent: agentId(1),
    keys: ['cpu.usage_percent', 'network.receive_bytes', 'disk.usage_percent'],
    fromMs: NOW - 10 * DAY_MS,
    toMs: NOW,
    stepMs: 2 * 3_600_000,
  })
  return { series, times }
}

async function formsOf(db: Database) {
  const { schema } = await liveGeneration(db.withTables(), 'samples')
  return {
    hypertables: (await hypertablesIn(db, schema)).size,
    aggregates: (await aggregatesOf(db, schema)).size,
  }
}

/** Of the sample tables and their chunks. */
async function timeIndexes(db: Database, schema: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_index i
    join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam and m.amname = 'brin'
    where i.indrelid in (select format('%I.%I', chunk_schema, chunk_name)::regclass
      from timescaledb_information.chunks where hypertable_schema = ${schema})`.execute(db)
  return rows[0]?.n ?? 0
}
