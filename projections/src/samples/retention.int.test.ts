import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createPartition, DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration, type Generation } from '../generations.ts'
import { NotYet, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { runOnce as runJobOnce } from '../storage/testing/jobs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { daysAhead } from './days-ahead-job.ts'
import { samplesProjector } from './project.ts'
import { dropBefore } from './retention-drop.ts'
import { raiseFloor } from './retention-floor.ts'
import { retention } from './retention-job.ts'
import { ROLLUPS } from './rollups/definitions.ts'

const db = await testDatabase({ after })
const nowMs = Date.now()
const today = Math.floor(nowMs / DAY_MS)
const runOnce = (job: StorageJob, given: Partial<JobContext> = {}) =>
  runJobOnce(job, db, { clock: { nowMs: () => nowMs }, settledMs: nowMs, ...given })
const daysAgo = (days: number): Date => new Date((today - days) * DAY_MS)
const AGENT = '00000000-0000-0000-0000-000000000001'
let live: Generation

const held = async (table: string): Promise<number[]> =>
  ((await listPartitions(db, live.schema)).get(table) ?? []).map((day) => today - day)

const bucketsOf = async (relation: string): Promise<number[]> => {
  const { rows } = await sql<{ time: number }>`select time from ${sql.table(`${live.schema}.${relation}`)}
    order by time`.execute(db)
  return rows.map(({ time }) => Math.ceil(today - time / DAY_MS))
}

const floors = async (): Promise<Record<string, number>> => {
  const rows = await db.selectFrom('secumon.floors').select(['relation', 'floor']).execute()
  return Object.fromEntries(rows.map(({ relation, floor }) => [relation, today - floor / DAY_MS]))
}

/** Everything that is rolled up has been made up to so many days ago. */
async function madeUpTo(days: number): Promise<void> {
  for (const { name } of ROLLUPS)
    await sql`insert into secumon.rollups values ('samples', ${live.generation}, ${name}, ${daysAgo(days)}, ${daysAgo(days)})
      on conflict (projection, version, relation)
        do update set until = excluded.until, stepping_to = excluded.stepping_to`.execute(db)
}

const markDirty = (relation: string, days: number) =>
  sql`insert into secumon.rollup_dirty values ('samples', ${live.generation}, ${relation}, ${AGENT}, ${daysAgo(days)})`.execute(
    db,
  )

before(async () => {
  live = await ensureGeneration(db, samplesProjector())
  for (const { name } of ROLLUPS) {
    const table = sql.table(`${live.schema}.${name}`)
    await sql`create table if not exists ${table} (time timestamptz, agent_id uuid, tenant_id text, rows integer,
      interval_ms integer)`.execute(db)
    for (const days of [400, 364, 100, 89, 40])
      await sql`insert into ${table} (time, agent_id, tenant_id, rows, interval_ms)
        values (${daysAgo(days)}, ${AGENT}, 'main', 1, 10000)`.execute(db)
  }
  for (const table of ['metrics', 'process_metrics'])
    for (const days of [40, 31, 30, 29])
      await createPartition(db, { schema: live.schema, table, day: today - days })
  for (const age of [40, 20])
    await db
      .insertInto('secumon.dead_letters')
      .values({
        projection: 'samples',
        version: 1,
        stream: 'S',
        subject: 's',
        payload: new Uint8Array(),
        position: age,
        headers: '{}',
        error: '',
        at: daysAgo(age),
      })
      .execute()
})

const letters = () => db.selectFrom('secumon.dead_letters').select('position').orderBy('position').execute()

test('while no clock can be trusted nothing goes, though days ahead are made', async () => {
  await assert.rejects(runOnce(retention, { settledMs: undefined }), NotYet)
  await runOnce(daysAhead)
  assert.ok((await held('metrics')).includes(40) && (await held('metrics')).includes(-1))
  assert.equal((await letters()).length, 2)
  assert.deepEqual(await floors(), {})
})

test('what nobody has begun to roll up stays', async () => {
  await assert.rejects(runOnce(retention), /metrics waits for metrics_5min, which is made up to nothing/)
  assert.ok((await held('metrics')).includes(40))
})

test('a clock that jumped is not what things are old by', async () => {
  await madeUpTo(0)
  const jumped = { nowMs: () => Date.now() + 300 * DAY_MS }
  await runOnce(retention, { clock: jumped, settledMs: (today - 10) * DAY_MS })
  assert.ok((await held('metrics')).includes(40))
  assert.equal((await floors())['metrics'], 40)
})

test('raw days wait for what is rolled up of them and must be made again; what is not rolled up goes', async () => {
  await madeUpTo(35)
  await assert.rejects(runOnce(retention), (error: Error) => {
    assert.ok(error instanceof NotYet)
    assert.match(error.message, /metrics waits for metrics_5min, which is made up to 20/)
    return true
  })
  assert.deepEqual((await floors())['metrics'], 35)
  assert.deepEqual(
    (await held('metrics')).filter((days) => days > 28),
    [31, 30, 29],
  )
  assert.deepEqual(
    (await held('process_metrics')).filter((days) => days > 28),
    [30, 29],
  )
  await madeUpTo(1)
  await markDirty('metrics_5min', 35)
  const wanted = { relation: 'metrics', feeds: ['metrics_5min'], wantedMs: (today - 30) * DAY_MS }
  const { floorMs, isHigher, waitsFor } = await raiseFloor(db, live, wanted)
  assert.deepEqual([floorMs, isHigher], [(today - 35) * DAY_MS, false])
  assert.match(waitsFor ?? '', /^metrics waits for metrics_5min, which has to make 20\S+ again$/)
})

test('then exactly what is due goes, from each relation, and dead letters with it', async () => {
  await sql`delete from secumon.rollup_dirty`.execute(db)
  assert.match((await runOnce(retention)) ?? '', /^dropped metrics_\d{8}$/)
  assert.deepEqual(
    (await held('metrics')).filter((days) => days > 28),
    [30, 29],
  )
  assert.deepEqual(await bucketsOf('metrics_5min'), [89, 40])
  assert.deepEqual(await bucketsOf('metrics_1hour'), [364, 100, 89, 40])
  assert.deepEqual(await letters(), [{ position: 20 }])
  assert.deepEqual(
    { ...(await floors()) },
    {
      metrics: 30,
      disk_metrics: 30,
      network_metrics: 30,
      process_metrics: 30,
      check_metrics: 30,
      custom_metrics: 30,
      metrics_5min: 90,
      metrics_1hour: 365,
      disk_metrics_1hour: 365,
      network_metrics_1hour: 365,
      check_metrics_1hour: 365,
      custom_metrics_1hour: 365,
    },
  )
  assert.equal(await runOnce(retention), undefined)
})

test('a floor without its drop is made good by the next call; two at once do no harm', async () => {
  const wanted = { relation: 'metrics', feeds: ['metrics_5min'], wantedMs: (today - 29) * DAY_MS }
  const raised = await Promise.all([raiseFloor(db, live, wanted), raiseFloor(db, live, wanted)])
  assert.deepEqual(new Set(raised.map(({ floorMs }) => floorMs)), new Set([wanted.wantedMs]))
  assert.ok((await held('metrics')).includes(30))
  const below = { schema: live.schema, table: 'metrics', beforeMs: wanted.wantedMs }
  const { signal } = new AbortController()
  await Promise.all([dropBefore(db, below, signal), dropBefore(db, below, signal)])
  assert.deepEqual(
    (await held('metrics')).filter((days) => days > 28),
    [29],
  )
  await runOnce(retention)
  assert.equal((await floors())['metrics'], 29)
})

test('a day that somebody keeps locked goes later; the others do not wait for it', async () => {
  const { signal } = new AbortController()
  const day = today - 50
  await createPartition(db, { schema: live.schema, table: 'metrics', day })
  await createPartition(db, { schema: live.schema, table: 'process_metrics', day })
  const released = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holder = db.transaction().execute(async (tx) => {
    await sql`select 1 from ${sql.table(`${live.schema}.metrics`)}`.execute(tx)
    locked.resolve()
    await released.promise
  })
  await locked.promise
  await assert.rejects(runOnce(retention, { signal }), /lock timeout/)
  assert.ok(!(await held('process_metrics')).includes(50))
  released.resolve()
  await holder
  await runOnce(retention, { signal })
  assert.ok(!(await held('metrics')).includes(50))
})
