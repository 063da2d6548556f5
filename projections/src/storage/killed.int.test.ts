// The database is killed while it rolls up, packs and drops: what it did is whole or not done, and the next attempt does
// the rest.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase, untyped, type Database } from '@secumon/infra/database/database'
import { startPostgres, type PostgresServer } from '@secumon/infra/embedded/postgres'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { CARELESS } from '@secumon/infra/testing/shared-postgres'
import { createPartition, DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { ensureGeneration, type Generation } from '../generations.ts'
import { allRows } from '../samples/packed/all-rows.ts'
import { packClosedDays } from '../samples/packed/pack-closed-days.ts'
import { samplesProjector } from '../samples/project.ts'
import { retention } from '../samples/retention-job.ts'
import { rollUp } from '../samples/rollups/roll-up-job.ts'
import { NotYet, type StorageJob } from './storage-job.ts'
import { runOnce, SILENT } from './testing/jobs.ts'

const DAYS = [40, 31, 12, 3]
const AGENTS = 6
const PERIOD_S = 30
const today = Math.floor(Date.now() / DAY_MS)
let server: PostgresServer | undefined
const directory = await temporaryDirectory({ after }, async () => server?.child.stop('SIGINT'))

/** Works with the server, which is started when it is not there. */
async function withServer<T>(work: (db: Database) => Promise<T>): Promise<T> {
  server ??= await startPostgres({
    directory,
    settings: { ...CARELESS, shared_buffers: '64MB' },
    guardAfterS: 0,
  })
  const db = openDatabase({ url: server.url, poolSize: 4, applicationName: 'work', logger: SILENT })
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}

/** Kills the server in the middle of a statement that the pattern matches, if the job comes to one. */
async function killedDuring(job: StorageJob, statement: string): Promise<void> {
  await withServer(async (db) => {
    const ended = runOnce(job, db).then(
      () => true,
      (error: unknown) => error instanceof NotYet,
    )
    let done = false
    void ended.then(() => (done = true))
    const observer = openDatabase({
      url: server?.url ?? '',
      poolSize: 1,
      applicationName: 'look',
      logger: SILENT,
    })
    await comesTrue(`${job.name} works`, async () => {
      const { rows } = await sql`select from pg_stat_activity
        where application_name = 'work' and state = 'active' and query ~ ${statement}`.execute(observer)
      return done || rows.length > 0
    })
    await closeDatabase(observer)
    await server?.child.stop('SIGQUIT')
    server = undefined
    await ended
  })
}

const finished = (job: StorageJob) => withServer((db) => runOnce(job, db))

const live = await withServer(async (db): Promise<Generation> => {
  await migrate(db)
  const generation = await ensureGeneration(db, samplesProjector())
  await samplesProjector().completeTables?.(untyped(db), generation)
  const { schema } = generation
  for (const age of DAYS) await createPartition(db, { schema, table: 'metrics', day: today - age })
  await sql`insert into secumon.agent_position (projection, version, agent, lane, epoch, sequence, hash, horizon_epoch,
      horizon_sequence)
    select 'samples', ${generation.generation}, ${agent(sql`n`)}, 1, 1, 1, '', 1, 1
    from generate_series(1, ${AGENTS}) n`.execute(db)
  for (const age of DAYS)
    await sql`insert into ${sql.table(`${schema}.metrics`)}
        (time, agent_id, tenant_id, interval_ms, clock_corrected, cpu_usage_percent, memory_used_bytes)
      select t, ${agent(sql`n`)}, 'main', ${PERIOD_S * 1_000}, false, n, extract(epoch from t)
      from generate_series(1, ${AGENTS}) n, generate_series(${new Date((today - age) * DAY_MS)}::timestamptz,
        ${new Date((today - age + 1) * DAY_MS - 1)}, ${`${PERIOD_S} s`}::interval) t`.execute(db)
  return generation
})

function agent(n: ReturnType<typeof sql>) {
  return sql`('00000000-0000-0000-0000-' || lpad(${n}::text, 12, '0'))::uuid`
}

/** What is held, in figures that a lost or a doubled row changes. */
const held = () =>
  withServer(async (db) => {
    const { rows } = await sql<{ rows: number; sum: string }>`select count(*)::int as rows,
      sum(memory_used_bytes * n.cpu_usage_percent)::text as sum
      from ${await allRows(untyped(db), { schema: live.schema, table: 'metrics' })} n`.execute(db)
    return rows[0]
  })

const rolledUp = (relation: string) =>
  withServer(async (db) => {
    const { rows } = await sql<{
      buckets: number
      rows: number
      wrong: number
    }>`select count(*)::int as buckets,
        sum(rows)::int as rows, count(*) filter (where cpu_usage_percent_avg is distinct from
          right(agent_id::text, 2)::float8 or rows <> cpu_usage_percent_count)::int as wrong
      from ${sql.table(`${live.schema}.${relation}`)}`.execute(db)
    return rows[0]
  })

const ROWS = (AGENTS * DAYS.length * 86_400) / PERIOD_S

test('killed while it rolls up: each bucket is made once, of all its rows', async () => {
  await killedDuring(rollUp, 'insert into .*metrics_5min')
  await finished(rollUp)
  const days = AGENTS * DAYS.length
  assert.deepEqual(await rolledUp('metrics_5min'), { buckets: days * 288, rows: ROWS, wrong: 0 })
  assert.deepEqual(await rolledUp('metrics_1hour'), { buckets: days * 24, rows: ROWS, wrong: 0 })
})

test('killed while it packs: no row is lost and none is there twice', async () => {
  const before = await held()
  assert.equal(before?.rows, ROWS)
  await killedDuring(packClosedDays, 'with gone as')
  assert.deepEqual(await held(), before)
  await finished(packClosedDays)
  assert.deepEqual(await held(), before)
})

test('killed while it drops: what is due goes with the next attempt, and nothing else', async () => {
  await killedDuring(retention, 'drop table|floors')
  await finished(retention)
  const days = await withServer((db) => listPartitions(db, live.schema))
  const ages = (days.get('metrics') ?? []).map((day) => today - day).filter((age) => age > 2)
  assert.deepEqual(
    ages.toSorted((a, b) => a - b),
    [3, 12],
  )
  assert.equal((await held())?.rows, ROWS / 2)
  assert.equal((await rolledUp('metrics_5min'))?.rows, ROWS)
})
