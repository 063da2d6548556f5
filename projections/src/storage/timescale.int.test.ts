// The same on TimescaleDB's full edition: its own jobs are shown beside ours, and its chunks go when they are due.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase, untyped } from '@secumon/infra/database/database'
import { testTimescale } from '@secumon/infra/testing/timescale'
import { DAY_MS } from '@secumon/migrations/partitions'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { agentsProjector } from '../agents/project.ts'
import { ensureGeneration } from '../generations.ts'
import { liveGeneration } from '../live-generation.ts'
import { samplesProjector } from '../samples/project.ts'
import { retention } from '../samples/retention-job.ts'
import { deleteRows } from '../samples/delete-rows.ts'
import { reachesOf } from '../samples/relations.ts'
import { ROLLUPS } from '../samples/rollups/definitions.ts'
import { rollUp } from '../samples/rollups/roll-up-job.ts'
import { simulatedRetention } from '../samples/simulated-retention-job.ts'
import { tenantScope } from '../tenant-scope.ts'
import { createJobsView } from './jobs-view.ts'
import { listJobs } from './queries/jobs.ts'
import { rollupStatus } from './queries/rollups.ts'
import { storageStatus } from './queries/status.ts'
import { NotYet, type JobContext, type StorageJob } from './storage-job.ts'
import { runOnce as runJobOnce, SILENT } from './testing/jobs.ts'

const { url } = await testTimescale({ after })
const db = openDatabase({ url, poolSize: 1, applicationName: 'test', logger: SILENT })
after(() => closeDatabase(db))
await migrate(db)
const live = await ensureGeneration(db, samplesProjector())
await samplesProjector().completeTables?.(untyped(db), live)
const nowMs = Date.now()
const today = Math.floor(nowMs / DAY_MS)
const runOnce = (job: StorageJob, given: Partial<JobContext> = {}) =>
  runJobOnce(job, db, { clock: { nowMs: () => nowMs }, settledMs: nowMs, ...given })
const metrics = sql.table(`${live.schema}.metrics`)

async function ages(tenant: string): Promise<number[]> {
  const { rows } = await sql<{ time: number }>`select time from ${metrics} where tenant_id = ${tenant}
    order by time`.execute(db)
  return rows.map(({ time }) => today - Math.floor(time / DAY_MS))
}

test('jobs of the database are shown with ours, and relations with their sizes', async () => {
  await createJobsView(db, SILENT)
  await sql`insert into secumon.jobs (name, about, schedule, state) values ('retention', '', 'daily', 'waiting')`.execute(
    db,
  )
  const jobs = await listJobs(db)
  assert.deepEqual(new Set(jobs.map(({ owner }) => owner)), new Set(['secumon', 'timescaledb']))
  assert.ok(
    jobs.some(({ name }) => name.includes('metrics_5min')),
    jobs.map(({ name }) => name).join(', '),
  )
  const { edition, relations } = await storageStatus(db, Date.now())
  assert.equal(edition, 'full')
  assert.ok(relations.some(({ name }) => name === 'metrics_1hour'))
})

test('chunks go when they are due, and rows of a tenant that keeps less before', async () => {
  for (const tenant of ['main', 'small'])
    for (const age of [40, 20, 3])
      await sql`insert into ${metrics} (time, agent_id, tenant_id, interval_ms, clock_corrected)
        values (${new Date((today - age) * DAY_MS + 60_000)}, gen_random_uuid(), ${tenant}, 10000, false)`.execute(
        db,
      )
  const cuts = [{ whose: sql`tenant_id = 'small'`, beforeMs: (today - 10) * DAY_MS }]
  const { signal } = new AbortController()
  assert.equal(await deleteRows(db, { schema: live.schema, table: 'metrics', cuts, signal }), 2)
  assert.deepEqual([await ages('main'), await ages('small')], [[40, 20, 3], [3]])
  await assert.rejects(runOnce(retention), NotYet)
  assert.deepEqual(await ages('main'), [40, 20, 3])
  await runOnce(rollUp)
  await runOnce(retention)
  assert.deepEqual(await ages('main'), [20, 3])
})

test('samples of simulated agents go after a day, also from days that are compressed', async () => {
  const agents = await ensureGeneration(db, agentsProjector())
  const { rows } = await sql<{
    agent: string
  }>`select agent_id as agent from ${metrics} where tenant_id = 'small'`.execute(db)
  await sql`select compress_chunk(chunk) from show_chunks(${`${live.schema}.metrics`}::regclass) chunk`.execute(
    db,
  )
  assert.equal(await runOnce(simulatedRetention), undefined)
  await sql`insert into ${sql.table(`${agents.schema}.agents`)} (tenant_id, agent_id, simulated)
    values ('small', ${rows[0]?.agent}, true)`.execute(db)
  assert.match((await runOnce(simulatedRetention)) ?? '', /^removed \d+ rows$/)
  assert.equal(await runOnce(simulatedRetention), undefined)
  assert.deepEqual([await ages('main'), await ages('small')], [[20, 3], []])
})

const untils = async (): Promise<number[]> => {
  const rows = await db.selectFrom('secumon.rollups').select('until').orderBy('relation').execute()
  return rows.map(({ until }) => until)
}

test('a clock that is behind for a while costs no aggregate its history; one that was ahead is made good', async () => {
  const rollUpAt = (days: number) => {
    const ms = nowMs + days * DAY_MS
    return runOnce(rollUp, { clock: { nowMs: () => ms }, settledMs: ms })
  }
  const hours = async () =>
    (
      await sql`select * from ${sql.table(`${live.schema}.metrics_1hour`)} order by time, agent_id`.execute(
        db,
      )
    ).rows
  await rollUpAt(0)
  const held = await hours()
  assert.ok(held.length >= 2)
  // As of a tenant that has let go of it.
  await sql`delete from ${metrics} where time < ${new Date((today - 10) * DAY_MS)}`.execute(db)
  await rollUpAt(-30)
  await rollUpAt(0)
  assert.deepEqual(await hours(), held)
  await rollUpAt(20)
  assert.ok((await untils()).every((ms) => ms > nowMs))
  await rollUpAt(0)
  assert.ok((await untils()).every((ms) => ms <= nowMs))
})

test('an aggregate reaches to the present once it has been made of what was there before it', async () => {
  const reach = async () => {
    const reaches = await reachesOf(db, tenantScope('main'), { ...(await liveGeneration(db, 'samples')) })
    return reaches.get('metrics_1hour')?.untilMs
  }
  assert.equal(await reach(), Infinity)
  assert.deepEqual(await rollupStatus(db, nowMs), [])
  const untilMs = (today - 20) * DAY_MS
  await sql`update secumon.rollups set until = ${new Date(untilMs)}`.execute(db)
  assert.equal(await reach(), untilMs)
  assert.ok((await rollupStatus(db, nowMs)).every(({ lagMs }) => lagMs > 19 * DAY_MS))
  assert.equal((await rollupStatus(db, nowMs)).length, ROLLUPS.length)
  await runOnce(rollUp)
  assert.equal(await reach(), Infinity)
})
