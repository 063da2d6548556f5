// Who may know and change what of the storage, on a real database.

import { ensureGeneration } from '@secumon/projections/generations'
import { liveSchema } from '@secumon/projections/live-generation'
import { logsProjector } from '@secumon/projections/logs/project'
import { samplesProjector } from '@secumon/projections/samples/project'
import { announceJobs } from '@secumon/projections/storage/job-rows'
import { createJobsView } from '@secumon/projections/storage/jobs-view'
import { DEFAULT_KEPT_DAYS } from '@secumon/projections/storage/kept-days'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import { ErrorBody } from './schemas/errors.ts'
import { RetentionBody } from './schemas/retention.ts'
import { JobBody, JobsBody, StorageBody } from './schemas/storage.ts'
import { apiUnderTest, type ApiUnderTest, type Ask } from './testing/api-under-test.ts'

const DAY_MS = 86_400_000
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS
const NIGHT_MS = TODAY_MS + DAY_MS + 4 * 3_600_000
const AS_PLATFORM = { raw: null, rollup_5min: null, rollup_1hour: null, logs: null }
const USERS = [
  ['operator', 'main', 'admin'],
  ['reader', 'main', 'readonly'],
  ['shopkeeper', 'shop', 'admin'],
  ['clerk', 'shop', 'readonly'],
  ['root', 'shop', 'superadmin'],
] as const
type Name = (typeof USERS)[number][0]

describe('the storage', () => {
  let t: ApiUnderTest
  const tokens = new Map<Name, string>()
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    for (const [name, tenant, role] of USERS) {
      await t.addUser(name, tenant, role)
      tokens.set(name, await t.logIn(name))
    }
    await createJobsView(t.db, pino({ level: 'silent' }))
    const job = { about: 'does it', schedule: 'daily at 04:00 UTC', firstAtMs: NIGHT_MS }
    await announceJobs(
      t.db,
      ['tenant-retention', 'roll-up'].map((name) => ({ name, ...job })),
      Date.now(),
    )
    await measured('main', TODAY_MS)
    await measured('shop', TODAY_MS + 1_000)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  /** An agent of the tenant that was first heard then. */
  async function measured(tenant: string, atMs: number): Promise<void> {
    const { schema } = await ensureGeneration(t.db, samplesProjector())
    await sql`with one as (insert into ${sql.table(`${await liveSchema(t.db, 'agents')}.agents`)}
        (agent_id, tenant_id) values (gen_random_uuid(), ${tenant}) returning agent_id)
      insert into ${sql.table(`${schema}.metrics`)} (time, agent_id, tenant_id, interval_ms, clock_corrected)
      select ${new Date(atMs)}, agent_id, ${tenant}, 10000, false from one`.execute(t.db)
  }

  const ask = (who: Name, path: string, how: Ask = {}) =>
    t.ask(`/api/v1/storage/${path}`, { ...how, token: tokens.get(who) })
  const set = (who: Name, days: Partial<Record<keyof typeof AS_PLATFORM | 'version', number>>) =>
    ask(who, 'retention', { method: 'PUT', body: { ...AS_PLATFORM, ...days } })
  const kept = async (who: Name) => RetentionBody.parse((await ask(who, 'retention')).body)

  test('of the platform it is told to those who run it, whatever their role, and to no other tenant', async () => {
    for (const who of ['operator', 'reader', 'root'] as const) {
      const { relations, edition, offered } = StorageBody.parse((await ask(who, 'status')).body)
      assert.deepEqual([edition, offered], ['plain', 'plain'])
      const metrics = relations.find(({ name }) => name === 'metrics')
      assert.deepEqual([metrics?.form, metrics?.kept_days], ['partitioned', 30])
      assert.equal(JobsBody.parse((await ask(who, 'jobs')).body).jobs.length, 2)
    }
    for (const who of ['shopkeeper', 'clerk'] as const)
      for (const path of ['status', 'jobs'])
        assert.deepEqual(ErrorBody.parse((await ask(who, path)).body).error, 'forbidden')
  })

  test('its jobs are run by admins of the platform', async () => {
    const run = (who: Name, job = 'tenant-retention') => ask(who, `jobs/${job}/run`, { method: 'POST' })
    for (const who of ['reader', 'shopkeeper', 'clerk'] as const) assert.equal((await run(who)).status, 403)
    const due = async () =>
      JobsBody.parse((await ask('operator', 'jobs')).body).jobs.map(({ name, next_run, deletes }) => [
        name,
        next_run === NIGHT_MS,
        deletes,
      ])
    const [rollUp, deleting] = [
      ['roll-up', true, false],
      ['tenant-retention', true, true],
    ]
    assert.deepEqual(await due(), [rollUp, deleting])
    const before = Date.now()
    const { next_run } = JobBody.parse((await run('root')).body)
    assert.ok(next_run !== null && next_run >= before && next_run <= Date.now())
    assert.deepEqual(await due(), [rollUp, ['tenant-retention', false, true]])
    assert.equal((await run('operator', 'no-such')).status, 404)
    assert.equal((await run('operator', 'a%00b')).status, 400)
  })

  test('what a tenant keeps is told to all of it, with what it has, and set by its admins', async () => {
    for (const who of ['clerk', 'reader'] as const) assert.equal((await set(who, { raw: 9 })).status, 403)
    const { begins, unknown, changed, platform, fewest_raw_days } = await kept('clerk')
    assert.deepEqual([begins, unknown], [{ ...AS_PLATFORM, raw: TODAY_MS + 1_000 }, []])
    assert.equal((await kept('reader')).begins.raw, TODAY_MS)
    assert.deepEqual([changed, platform.raw, fewest_raw_days], [null, 30, 5])
    const refusal = ErrorBody.parse((await set('shopkeeper', { raw: 31 })).body).error
    assert.match(refusal, /30 days at most, by the platform/)
  })

  test('the last change says who made it, and what was kept when there was deleted last', async () => {
    assert.equal((await set('shopkeeper', { raw: 9, logs: 3 })).status, 200)
    const first = await kept('clerk')
    assert.deepEqual(first.kept, { ...AS_PLATFORM, raw: 9, logs: 3 })
    assert.deepEqual([first.changed?.by?.name, first.changed?.before], ['shopkeeper', AS_PLATFORM])
    assert.equal((await set('root', { raw: 7 })).status, 200)
    const { changed } = await kept('clerk')
    assert.deepEqual([changed?.by?.name, changed?.before], ['root', AS_PLATFORM])
    assert.ok(Math.abs((changed?.at ?? 0) - Date.now()) < DAY_MS)
    await sql`update secumon.jobs set last_ok_at = now() where name = 'tenant-retention'`.execute(t.db)
    assert.deepEqual((await kept('clerk')).changed?.before, first.kept)
    assert.deepEqual((await kept('reader')).kept, AS_PLATFORM)
  })

  test('what was edited by somebody else meanwhile is not set', async () => {
    const { version } = await kept('reader')
    assert.equal(version, 0)
    assert.equal((await set('operator', { raw: 8, version })).status, 200)
    assert.equal((await set('operator', { raw: 6, version })).status, 409)
    const { kept: days, version: next } = await kept('reader')
    assert.deepEqual([days.raw, next], [8, 1])
  })

  test('of a tenant of many agents nobody knows since when there are samples, but of logs', async () => {
    const agents = sql.table(`${await liveSchema(t.db, 'agents')}.agents`)
    const { schema } = await ensureGeneration(t.db, logsProjector({ kept: DEFAULT_KEPT_DAYS }))
    await sql`insert into ${agents} (agent_id, tenant_id)
      select gen_random_uuid(), 'shop' from generate_series(1, 500)`.execute(t.db)
    await sql`insert into ${sql.table(`${schema}.logs`)} (time, sequence, agent_id, epoch, line, severity, tenant_id,
        source, unit, message, dropped)
      select ${new Date(TODAY_MS)}, 1, agent_id, 1, 1, 0, 'shop', '', '', '', '' from ${agents}
      where tenant_id = 'shop' limit 1`.execute(t.db)
    const { begins, unknown } = await kept('clerk')
    assert.deepEqual(
      [begins, unknown],
      [{ ...AS_PLATFORM, logs: TODAY_MS }, ['raw', 'rollup_5min', 'rollup_1hour']],
    )
  })
})
