import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { untyped } from '@secumon/infra/database/database'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { agentsProjector } from '../agents/project.ts'
import { ensureGeneration } from '../generations.ts'
import { logsProjector } from '../logs/project.ts'
import { retentionProjector } from '../retention/project.ts'
import { NotYet, type StorageJob } from '../storage/storage-job.ts'
import { runOnce as runJobOnce } from '../storage/testing/jobs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { freeSeries } from './custom/free-series-job.ts'
import { tenantsLeftOut } from './left-out.ts'
import { packClosedDays } from './packed/pack-closed-days.ts'
import { samplesProjector } from './project.ts'
import { rollUp } from './rollups/roll-up-job.ts'
import { simulatedRetention } from './simulated-retention-job.ts'
import { tenantRetention } from './tenant-retention-job.ts'

const db = await testDatabase({ after })
const nowMs = Date.now()
const today = Math.floor(nowMs / DAY_MS)
const runOnce = (job: StorageJob) => runJobOnce(job, db, { clock: { nowMs: () => nowMs }, settledMs: nowMs })
const AGENTS = { main: '00000000-0000-0000-0000-00000000000a', small: '00000000-0000-0000-0000-00000000000b' }
type Tenant = keyof typeof AGENTS

const samples = await ensureGeneration(db, samplesProjector())
await samplesProjector().completeTables?.(untyped(db), samples)
const kept = await ensureGeneration(db, retentionProjector)

for (const agent of Object.values(AGENTS))
  await sql`insert into secumon.agent_position (projection, version, agent, lane, epoch, sequence, hash, horizon_epoch,
    horizon_sequence) values ('samples', ${samples.generation}, ${agent}, 1, 1, 1, '', 1, 1)`.execute(db)

const measure = (tenant: Tenant, days: number) => sql`
  insert into ${sql.table(`${samples.schema}.metrics`)}
    (time, agent_id, tenant_id, interval_ms, clock_corrected, cpu_usage_percent)
  values (${new Date((today - days) * DAY_MS + 3_600_000)}, ${AGENTS[tenant]}, ${tenant}, 10000, false, ${days})`

const setDays = (raw: number, rollup5min: number) => sql`
  insert into ${sql.table(`${kept.schema}.retention`)} (tenant_id, raw, rollup5min)
  values ('small', ${raw}, ${rollup5min})
  on conflict (tenant_id) do update set raw = excluded.raw, rollup5min = excluded.rollup5min`

const dateOf = (days: number): string => new Date((today - days) * DAY_MS).toISOString().slice(0, 10)

/** Days ago that a tenant has rows of, packed or not. */
async function daysOf(tenant: Tenant, relation: string): Promise<number[]> {
  const time = relation.endsWith('_packed') ? sql.ref('first') : sql.ref('time')
  const { rows } = await sql<{ time: number }>`select ${time} as time
    from ${sql.table(`${samples.schema}.${relation}`)} where tenant_id = ${tenant} order by 1`.execute(db)
  return rows.map(({ time: ms }) => today - Math.floor(ms / DAY_MS))
}

test('a tenant that keeps less loses what it does not keep, and nobody else anything', async () => {
  for (const days of [20, 10, 6, 1]) {
    await createPartition(db, { schema: samples.schema, table: 'metrics', day: today - days })
    for (const tenant of ['main', 'small'] as const) await measure(tenant, days).execute(db)
  }
  await runOnce(rollUp)
  await runOnce(packClosedDays)
  for (const tenant of ['main', 'small'] as const) await measure(tenant, 10).execute(db)
  assert.equal(await runOnce(tenantRetention), undefined)
  await setDays(7, 15).execute(db)
  assert.equal(await runOnce(tenantRetention), 'removed 4 rows')
  assert.deepEqual(await daysOf('small', 'metrics_packed'), [6])
  assert.deepEqual(await daysOf('small', 'metrics'), [1])
  assert.deepEqual(await daysOf('small', 'metrics_5min'), [10, 6, 1])
  assert.deepEqual(await daysOf('small', 'metrics_1hour'), [20, 10, 6, 1])
  assert.deepEqual(await daysOf('main', 'metrics_packed'), [20, 10, 6])
  assert.deepEqual(await daysOf('main', 'metrics'), [10, 1])
  assert.deepEqual(await daysOf('main', 'metrics_5min'), [20, 10, 6, 1])
  assert.equal(await runOnce(tenantRetention), undefined)
})

test('it waits for what has to be made again, and says so', async () => {
  await sql`insert into secumon.rollup_dirty values ('samples', ${samples.generation}, 'metrics_5min',
    ${AGENTS.small}, ${new Date((today - 6) * DAY_MS)})`.execute(db)
  await setDays(5, 15).execute(db)
  await assert.rejects(runOnce(tenantRetention), (error: Error) => {
    assert.ok(error instanceof NotYet)
    assert.match(error.message, /^metrics waits for metrics_5min, which has to make 20\S+ again$/)
    return true
  })
})

test('however often it comes while it waits, it deletes once; what came meanwhile goes with the next', async () => {
  await measure('small', 10).execute(db)
  await assert.rejects(runOnce(tenantRetention), /^NotYet: metrics waits/)
  assert.ok((await daysOf('small', 'metrics')).includes(10), 'it has been looked for a minute ago')
  await sql`delete from secumon.rollup_dirty`.execute(db)
  await setDays(7, 15).execute(db)
  assert.equal(await runOnce(tenantRetention), undefined)
  assert.equal(await runOnce(tenantRetention), 'removed 1 rows')
})

test('what comes late to what a tenant has let go of leaves its rollups as they are', async () => {
  const rowsOf = async (tenant: Tenant) => {
    const { rows } = await sql<{
      rows: number
    }>`select rows from ${sql.table(`${samples.schema}.metrics_5min`)}
      where tenant_id = ${tenant} and time = ${new Date((today - 10) * DAY_MS + 3_600_000)}`.execute(db)
    return rows.map(({ rows: count }) => count)
  }
  for (const tenant of ['main', 'small'] as const) {
    await measure(tenant, 10).execute(db)
    await sql`insert into secumon.rollup_dirty values ('samples', ${samples.generation}, 'metrics_5min',
      ${AGENTS[tenant]}, ${new Date((today - 10) * DAY_MS + 3_600_000)})`.execute(db)
  }
  assert.deepEqual([await rowsOf('main'), await rowsOf('small')], [[1], [1]])
  await runOnce(rollUp)
  assert.deepEqual([await rowsOf('main'), await rowsOf('small')], [[3], [1]])
})

test('log lines go too, those that a rebuild has set aside and counts with them', async () => {
  const { schema } = await ensureGeneration(db, logsProjector())
  await sql`create schema if not exists sealed`.execute(db)
  await sql`create table sealed.logs (like ${sql.table(`${schema}.logs`)} including all)`.execute(db)
  const relations = [`${schema}.logs`, 'sealed.logs', `${schema}.log_counts`]
  for (const tenant of ['main', 'small'] as const)
    for (const days of [9, 4]) {
      const time = new Date((today - days) * DAY_MS)
      for (const table of ['logs', 'log_counts'])
        await createPartition(db, { schema, table, day: today - days })
      for (const relation of relations.slice(0, 2))
        await sql`insert into ${sql.table(relation)} values (${time}, 1, ${AGENTS[tenant]}, 1, 0, 0, ${tenant}, '', '', '', '')`.execute(
          db,
        )
      await sql`insert into ${sql.table(`${schema}.log_counts`)} values (${time}, 1, ${AGENTS[tenant]}, 0, ${tenant}, '', '')`.execute(
        db,
      )
    }
  await sql`update ${sql.table(`${kept.schema}.retention`)} set logs = 7 where tenant_id = 'small'`.execute(
    db,
  )
  assert.match((await runOnce(tenantRetention)) ?? '', /^removed \d+ rows$/)
  for (const relation of relations) {
    const { rows } = await sql<{ tenant: string; time: number }>`
      select tenant_id as tenant, time from ${sql.table(relation)} order by 1, 2`.execute(db)
    const left = rows.map(({ tenant, time }) => `${tenant} ${today - time / DAY_MS}`)
    assert.deepEqual(left, ['main 9', 'main 4', 'small 4'], relation)
  }
})

test('of simulated agents a day is kept, of whatever form it is, and of nobody else less', async () => {
  const agents = await ensureGeneration(db, agentsProjector())
  await sql`insert into ${sql.table(`${agents.schema}.agents`)} (tenant_id, agent_id, simulated)
    values ('main', ${AGENTS.main}, true), ('small', ${AGENTS.small}, false)`.execute(db)
  const relations = ['metrics', 'metrics_packed', 'metrics_5min', 'metrics_1hour']
  const heldOf = (tenant: Tenant) => Promise.all(relations.map((relation) => daysOf(tenant, relation)))
  const others = await heldOf('small')
  await measure('main', 0).execute(db)
  const series = sql.table(`${samples.schema}.custom_series`)
  await sql`insert into ${series} select t, a::uuid, m, '', false, d::date, d::date from (values
    ('main', ${AGENTS.main}, 'old', ${dateOf(2)}), ('main', ${AGENTS.main}, 'new', ${dateOf(0)}),
    ('small', ${AGENTS.small}, 'old', ${dateOf(2)})) s (t, a, m, d)`.execute(db)
  await assert.rejects(runJobOnce(simulatedRetention, db, { settledMs: undefined }), NotYet)
  assert.match((await runOnce(simulatedRetention)) ?? '', /^removed \d+ rows$/)
  for (const days of await heldOf('main')) assert.ok(days.every((day) => day <= 1))
  assert.ok((await daysOf('main', 'metrics')).includes(0))
  assert.deepEqual(await heldOf('small'), others)
  const { rows } = await sql`select tenant_id, metric from ${series} order by 1, 2`.execute(db)
  assert.deepEqual(rows, [
    { tenant_id: 'main', metric: 'new' },
    { tenant_id: 'small', metric: 'old' },
  ])
  assert.equal(await runOnce(simulatedRetention), undefined)
})

test('custom metrics are forgotten once their tenant keeps nothing of them; what was refused, in a month', async () => {
  const [series, refused] = ['custom_series', 'custom_refused'].map((name) =>
    sql.table(`${samples.schema}.${name}`),
  )
  await sql`update ${sql.table(`${kept.schema}.retention`)} set raw = 7, rollup1hour = 14 where tenant_id = 'small'`.execute(
    db,
  )
  await sql`insert into ${series} select t, ${AGENTS.main}::uuid, m, '', false, d::date, d::date from (values
    ('main', '364 days', ${dateOf(364)}), ('main', '366 days', ${dateOf(366)}), ('small', '14 days', ${dateOf(14)}),
    ('small', '15 days', ${dateOf(15)})) s (t, m, d)`.execute(db)
  await sql`insert into ${refused} values ('main', 1, ${new Date((today - 30) * DAY_MS)}),
    ('small', 1, ${new Date((today - 30) * DAY_MS - 1)})`.execute(db)
  assert.equal(await tenantsLeftOut(db, 'samples'), 2)
  assert.equal(await runOnce(freeSeries), 'forgot 2 series')
  const { rows } = await sql`select metric from ${series} where metric like '%days' order by 1`.execute(db)
  assert.deepEqual(rows, [{ metric: '14 days' }, { metric: '364 days' }])
  assert.deepEqual([await tenantsLeftOut(db, 'samples'), await tenantsLeftOut(db, 'agents')], [1, 0])
})
