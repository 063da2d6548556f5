// Rows that an older program has sealed, which knew of no rollups: they come with the next start, a day at a time, and until
// then nobody takes them for made.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { uuidToUlid } from '@secumon/contracts/ids'
import { untyped } from '@secumon/infra/database/database'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration } from '../../generations.ts'
import { sealedFact } from '../../live-generation.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { listRelations } from '../../storage/queries/relations.ts'
import { NotYet } from '../../storage/storage-job.ts'
import { runOnce } from '../../storage/testing/jobs.ts'
import { tenantScope } from '../../tenant-scope.ts'
import { testDatabase } from '../../testing/recorder.ts'
import { assertRollupsAreRight } from '../../testing/rollup-laws.ts'
import { samplesProjector } from '../project.ts'
import { querySeries } from '../queries.ts'
import { retention } from '../retention-job.ts'
import { rollUp, rollUpSealedRows } from './roll-up-job.ts'
import { rollUpSealed } from './seal-old-rows.ts'

const HOUR_MS = 3_600_000
const AGENTS = 3
/** Days ago; rows lie in the first of them when their time is over. */
const DAYS = [31, 5, 4]
const today = Math.floor(Date.now() / DAY_MS)

const db = await testDatabase({ after })
const projector = samplesProjector()
const live = await ensureGeneration(db, projector)

const agent = (n: number): string => `00000000-0000-0000-0000-00000000000${n}`

/** As the program before rollups left it: tables like those of the generation, and nothing else. */
async function sealAsBefore(): Promise<void> {
  await sql`create schema sealed`.execute(db)
  for (const { name } of projector.tables ?? [])
    await sql`create table ${sql.table(`${SEALED_SCHEMA}.${name}`)}
      (like ${sql.table(`${live.schema}.${name}`)} including all)`.execute(db)
  for (const age of DAYS) {
    const [from, to] = [new Date((today - age) * DAY_MS), new Date((today - age + 1) * DAY_MS - 1)]
    const each = sql`generate_series(1, ${AGENTS}) n, generate_series(${from}::timestamptz, ${to}, '4 min') t`
    const stamp = sql`t, ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'main', 240000`
    await sql`insert into sealed.metrics (time, agent_id, tenant_id, interval_ms, clock_corrected, cpu_usage_percent,
      memory_used_bytes) select ${stamp}, false, n, extract(epoch from t) from ${each}`.execute(db)
    await sql`insert into sealed.network_metrics (time, agent_id, tenant_id, interval_ms, interface, receive_bytes)
      select ${stamp}, 'eth0', n * 1000 from ${each}`.execute(db)
  }
  await db
    .insertInto('secumon.facts')
    .values({ name: sealedFact('samples'), value: '' })
    .execute()
}

// As a process that has just started.
const series = async () => {
  const { source, ...answer } = await querySeries(db.withTables(), tenantScope('main'), {
    agent: uuidToUlid(agent(2)),
    keys: ['cpu.usage_percent', 'memory.used_bytes'],
    fromMs: (today - 6) * DAY_MS,
    toMs: today * DAY_MS,
    stepMs: 2 * HOUR_MS,
  })
  return { source, answer }
}

const floorOf = async (relation: string): Promise<number | undefined> => {
  const row = await db
    .selectFrom('secumon.floors')
    .select('floor')
    .where('projection', '=', SEALED_SCHEMA)
    .where('relation', '=', relation)
    .executeTakeFirst()
  return row && today - row.floor / DAY_MS
}

const step = () => rollUpSealed({ db, forMs: 0, signal: new AbortController().signal })

/** The session that makes buckets is ended in the middle of it. */
async function killedWhileItMakes(): Promise<void> {
  await sql`create function public.stand() returns trigger language plpgsql
    as $$ begin perform pg_sleep(600); return null; end $$`.execute(db)
  await sql`create trigger stand after insert on sealed.metrics_5min execute function public.stand()`.execute(
    db,
  )
  const killed = assert.rejects(step())
  await comesTrue('it stands in the middle of a day', async () => {
    const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event = 'PgSleep'`.execute(db)
    return rows.length > 0
  })
  await killed
  await sql`drop trigger stand on sealed.metrics_5min`.execute(db)
}

test('a start takes no time for it, and until it is made rows are read as measured', async () => {
  await sealAsBefore()
  const before = await series()
  await ensureGeneration(db, projector)
  assert.equal(await floorOf('metrics_5min'), -2)
  assert.deepEqual(await series(), { ...before, source: 'metrics' })
  const listed = await listRelations(db)
  const made = listed.find(({ schema, name }) => schema === SEALED_SCHEMA && name === 'metrics_5min')
  assert.equal(made?.floorMs, null)
})

test('killed in the middle of a day, it goes on with that day', async () => {
  const { answer } = await series()
  assert.match((await step()) ?? '', /^metrics_5min of sealed rows made back to 20/)
  assert.equal(await floorOf('metrics_5min'), 4)
  assert.deepEqual((await series()).answer, answer)
  await killedWhileItMakes()
  assert.equal(await floorOf('metrics_5min'), 4)
  await step()
  assert.equal(await floorOf('metrics_5min'), 5)
  assert.deepEqual((await series()).answer, answer)
})

test('the job makes the rest; what it made is what its rows come to, and only then their time is over', async () => {
  const { answer } = await series()
  await assert.rejects(runOnce(retention, db), (error: unknown) => {
    assert.ok(error instanceof NotYet)
    assert.match(error.message, /sealed rows of metrics wait to be rolled up/)
    return true
  })
  assert.match((await runOnce(rollUpSealedRows, db)) ?? '', /of sealed rows made back to/)
  assert.equal(await floorOf('metrics_5min'), undefined)
  assert.ok((await assertRollupsAreRight({ db: untyped(db), generation: { schema: SEALED_SCHEMA } })) > 0)
  assert.deepEqual((await series()).answer, answer)
  assert.equal(await runOnce(rollUpSealedRows, db), undefined)
  await runOnce(rollUp, db)
  await runOnce(retention, db)
  const { rows } = await sql<{ day: number; n: number }>`select min(time) as day, count(*)::int as n
    from sealed.metrics`.execute(db)
  assert.deepEqual(rows, [{ day: (today - 5) * DAY_MS, n: 2 * AGENTS * 360 }])
  await ensureGeneration(db, projector)
  assert.equal(await floorOf('metrics_5min'), undefined)
})
