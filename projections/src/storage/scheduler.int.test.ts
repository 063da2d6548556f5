import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { DEFAULT_KEPT_DAYS } from './kept-days.ts'
import { hastenJob } from './job-rows.ts'
import { listJobs } from './queries/jobs.ts'
import { JOBS_APPLICATION } from './statements.ts'
import { startScheduler } from './scheduler.ts'
import { NotYet, type StorageJob } from './storage-job.ts'
import { SILENT } from './testing/jobs.ts'

const HOUR_MS = 3_600_000
const NIGHT = Date.UTC(2026, 10, 22, 3)
const { url } = await testPostgres({ after })
const control = await open('control')
await migrate(control)

async function open(applicationName: string): Promise<Database> {
  const db = openDatabase({ url, poolSize: 4, applicationName, logger: SILENT })
  after(() => closeDatabase(db))
  return db
}

type Time = { ms: number }

const job = (name: string, run: StorageJob['run'], more: Partial<StorageJob> = {}): StorageJob => ({
  name,
  about: 'does something in a test',
  schedule: { everyMs: HOUR_MS },
  run,
  ...more,
})

async function start(jobs: readonly StorageJob[], time: Time, name = 'one') {
  const nowMs = () => time.ms
  return startScheduler({
    jobs,
    db: await open(`${JOBS_APPLICATION} ${name}`),
    control,
    clock: { nowMs, monotonicMs: () => performance.now() },
    settled: { nowMs },
    kept: DEFAULT_KEPT_DAYS,
    disk: () => Promise.resolve(undefined),
    at: { hour: 4, minute: 0, zone: 'UTC' },
    logger: SILENT,
    lookMs: 10,
  })
}

const rowOf = async (name: string) =>
  control.selectFrom('secumon.jobs').selectAll().where('name', '=', name).executeTakeFirst()

const stateBecomes = (name: string, state: string) =>
  comesTrue(`${name} is ${state}`, async () => (await rowOf(name))?.state === state)

test('a daily job runs at its hour, once; what was missed while nobody ran is done at the next start', async () => {
  const time = { ms: NIGHT }
  const runs: number[] = []
  const daily = job('daily', async () => String(runs.push(time.ms)), { schedule: 'daily' })
  let scheduler = await start([daily], time)
  await stateBecomes('daily', 'waiting')
  assert.equal((await rowOf('daily'))?.next_at, NIGHT + HOUR_MS)
  assert.equal(runs.length, 0)
  time.ms = NIGHT + HOUR_MS
  await comesTrue('its hour has come', () => runs.length === 1)
  await stateBecomes('daily', 'waiting')
  await scheduler.stop()

  time.ms += 60 * HOUR_MS
  scheduler = await start([daily], time)
  await comesTrue('it was missed', () => runs.length === 2)
  await comesTrue('that is written', async () => (await rowOf('daily'))?.last_ok_at === time.ms)
  const row = await rowOf('daily')
  assert.deepEqual(
    [row?.state, row?.detail, row?.next_at, row?.schedule],
    ['waiting', '2', Date.UTC(2026, 10, 25, 4), 'daily at 04:00 UTC'],
  )
  time.ms -= 200 * 24 * HOUR_MS
  await comesTrue('a clock that was put back does not make it wait for ever', async () => {
    const { next_at } = (await rowOf('daily')) ?? {}
    return next_at !== undefined && next_at !== null && next_at - time.ms <= 24 * HOUR_MS
  })
  await scheduler.stop()
})

test('what fails says why and is tried again later and later, until it is done', async () => {
  const time = { ms: NIGHT }
  let runs = 0
  const failing = job('failing', async ({ db }) => {
    if (++runs < 3) await sql`select 1 / 0`.execute(db)
    return undefined
  })
  const scheduler = await start([failing], time)
  await stateBecomes('failing', 'failed')
  const row = await rowOf('failing')
  assert.deepEqual([row?.failures, row?.detail, row?.next_at], [1, 'division by zero', NIGHT + 30_000])
  time.ms += 30_000
  await comesTrue('it failed again', async () => (await rowOf('failing'))?.failures === 2)
  assert.equal((await rowOf('failing'))?.next_at, time.ms + 60_000)
  time.ms += 60_000
  await stateBecomes('failing', 'waiting')
  assert.deepEqual([(await rowOf('failing'))?.failures, runs], [0, 3])
  await scheduler.stop()
})

test('one that has to wait has not failed, and says what for, also after a release with another view', async () => {
  await sql`drop view secumon.secumon_jobs`.execute(control)
  await sql`create view secumon.secumon_jobs as select 1 as of_another_release`.execute(control)
  await sql`grant select on secumon.secumon_jobs to pg_monitor with grant option`.execute(control)
  await sql`grant select on secumon.secumon_jobs to public`.execute(control)
  const time = { ms: NIGHT }
  const waiting = job('waits', () => Promise.reject(new NotYet('waits for rollups')))
  const scheduler = await start([waiting], time)
  await comesTrue('it was tried', async () => (await rowOf('waits'))?.detail === 'waits for rollups')
  const row = await rowOf('waits')
  assert.deepEqual([row?.state, row?.next_at, row?.last_ok_at], ['waiting', NIGHT + 60_000, null])
  assert.deepEqual(
    (await listJobs(control)).map(({ name, detail }) => [name, detail]),
    [['waits', 'waits for rollups']],
  )
  const { rows } = await sql<{ acl: string }>`select relacl::text as acl from pg_class
    where oid = 'secumon.secumon_jobs'::regclass`.execute(control)
  assert.match(rows[0]?.acl ?? '', /pg_monitor=r\*\/\w+,=r\/\w+}$/)
  await scheduler.stop()
})

test('one that is asked for while it is being done is done once more', async () => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  let runs = 0
  const slow = job('slow', async () => {
    begun.resolve()
    await release.promise
    return String(++runs)
  })
  const scheduler = await start([slow], { ms: NIGHT })
  await begun.promise
  assert.ok(await hastenJob(control, 'slow', NIGHT))
  release.resolve()
  await comesTrue('it was done twice', async () => (await rowOf('slow'))?.detail === '2')
  assert.equal((await rowOf('slow'))?.next_at, NIGHT + HOUR_MS)
  await scheduler.stop()
})

test('stopping cancels a long statement within seconds; the job goes on at the next start', async () => {
  const time = { ms: NIGHT }
  const long = job('long', async ({ db }) => {
    await sql`select pg_sleep(600)`.execute(db)
    return undefined
  })
  const quick = job('quick', async () => 'done beside it')
  const scheduler = await start([long, quick], time)
  await stateBecomes('long', 'running')
  await comesTrue('others are done beside it', async () => (await rowOf('quick'))?.last_ok_at === NIGHT)
  const sinceMs = performance.now()
  await scheduler.stop()
  assert.ok(performance.now() - sinceMs < 10_000)
  const row = await rowOf('long')
  assert.deepEqual([row?.state, row?.next_at], ['waiting', NIGHT])
})

test('of several processes one does the jobs; what a dead one was doing is ended and has failed', async () => {
  const time = { ms: NIGHT }
  const dead = await open(`${JOBS_APPLICATION} dead`)
  const orphan = assert.rejects(sql`select pg_sleep(600)`.execute(dead))
  await comesTrue('the dead one has a statement running', async () => {
    const { rows } = await sql`select from pg_stat_activity
      where application_name = ${`${JOBS_APPLICATION} dead`} and query ~ 'pg_sleep' and state = 'active'`.execute(
      control,
    )
    return rows.length === 1
  })
  await sql`insert into secumon.jobs (name, about, schedule, state, last_started_at)
    values ('shared', '', '', 'running', now()), ('of-another-release', '', '', 'waiting', null)`.execute(
    control,
  )
  let doing = 0
  const shared = job('shared', async ({ db }) => {
    assert.equal(++doing, 1)
    await sql`select pg_sleep(0.05)`.execute(db)
    doing--
    return undefined
  })
  const schedulers = await Promise.all(['a', 'b', 'c'].map((name) => start([shared], time, name)))
  await stateBecomes('shared', 'failed')
  await orphan
  assert.match((await rowOf('shared'))?.detail ?? '', /ended before it was done/)
  assert.equal(await rowOf('of-another-release'), undefined)
  for (const scheduler of schedulers) {
    time.ms += 24 * HOUR_MS
    await comesTrue('it is done', async () => (await rowOf('shared'))?.last_ok_at === time.ms)
    await scheduler.stop()
  }
})
