// The database is killed while it rolls up, packs and drops: what it did is whole or not done, and the next attempt does
// the rest.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase, untyped, type Database } from '@secumon/infra/database/database'
import { startPostgres, type PostgresServer } from '@secumon/infra/embedded/postgres'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { CARELESS } from '@secumon/infra/testing/shared-postgres'
import { createPartition, DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
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

const STAND = [
  'create sequence public.calls',
  `create function public.stand() returns trigger language plpgsql as $$ begin perform public.wait(); return null; end $$`,
  `create function public.stand_dropping() returns event_trigger language plpgsql
    as $$ begin perform public.wait(); end $$`,
]

/** Where a job stands still: after it has inserted into a table, or dropped one, for the `call`th time. */
type Standing = { readonly insertsInto?: string; readonly call: number }

/** Kills the server when the job stands there, in the middle of a transaction. */
async function killedDuring(job: StorageJob, { insertsInto, call }: Standing): Promise<void> {
  const table = insertsInto === undefined ? undefined : `${live.schema}.${insertsInto}`
  await withServer(async (db) => {
    await sql
      .raw(
        `create or replace function public.wait() returns void language plpgsql
      as $$ begin if nextval('public.calls') = ${call} then perform pg_sleep(600); end if; end $$`,
      )
      .execute(db)
    await sql`alter sequence public.calls restart`.execute(db)
    await sql
      .raw(
        table === undefined
          ? `create event trigger stand on ddl_command_end when tag in ('DROP TABLE')
              execute function public.stand_dropping()`
          : `create trigger stand after insert on ${table} execute function public.stand()`,
      )
      .execute(db)
    const killed = assert.rejects(runOnce(job, db))
    await comesTrue(`${job.name} stands`, async () => {
      const { rows } = await sql`select from pg_stat_activity where wait_event = 'PgSleep'`.execute(db)
      return rows.length > 0
    })
    await server?.child.stop('SIGQUIT')
    server = undefined
    await killed
  })
  await withServer((db) =>
    sql.raw(table === undefined ? 'drop event trigger stand' : `drop trigger stand on ${table}`).execute(db),
  )
}

const finished = (job: StorageJob) => withServer((db) => runOnce(job, db))

const live = await withServer(async (db): Promise<Generation> => {
  await migrate(db)
  for (const statement of STAND) await sql.raw(statement).execute(db)
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

const daysAgo = (days: number): number => (today - days) * DAY_MS

/** What is held from a time on, in figures that a lost or a doubled row changes. */
const held = (fromMs = 0) =>
  withServer(async (db) => {
    const { rows } = await sql<{ rows: number; sum: string }>`select count(*)::int as rows,
      sum(memory_used_bytes * n.cpu_usage_percent)::text as sum
      from ${await allRows(untyped(db), { schema: live.schema, table: 'metrics' })} n
      where time >= ${new Date(fromMs)}`.execute(db)
    return rows[0]
  })

const rolledUp = (relation: string) =>
  withServer(async (db) => {
    const { rows } = await sql<{ buckets: number; rows: number; wrong: number; sum: string }>`
      select count(*)::int as buckets, sum(rows)::int as rows,
        count(*) filter (where cpu_usage_percent_avg is distinct from right(agent_id::text, 2)::float8
          or rows <> cpu_usage_percent_count)::int as wrong,
        sum(memory_used_bytes_avg::numeric * memory_used_bytes_count)::text as sum
      from ${sql.table(`${live.schema}.${relation}`)}`.execute(db)
    return rows[0]
  })

const ROWS_A_DAY = (AGENTS * 86_400) / PERIOD_S
const ROWS = ROWS_A_DAY * DAYS.length
/** Of times in seconds, of all rows. */
const SUM = DAYS.reduce((sum, age) => sum + ROWS_A_DAY * (daysAgo(age) / 1_000 + (86_400 - PERIOD_S) / 2), 0)

test('killed while it rolls up: what is made is whole, and each bucket is made once, of all its rows', async () => {
  await killedDuring(rollUp, { insertsInto: 'metrics_5min', call: 3 })
  const half = await rolledUp('metrics_5min')
  assert.deepEqual([half?.rows, half?.buckets, half?.wrong], [2 * ROWS_A_DAY, 2 * AGENTS * 288, 0])
  await finished(rollUp)
  for (const [relation, buckets] of [
    ['metrics_5min', 288],
    ['metrics_1hour', 24],
  ] as const) {
    const { sum, ...made } = (await rolledUp(relation)) ?? {}
    assert.deepEqual(made, { buckets: AGENTS * DAYS.length * buckets, rows: ROWS, wrong: 0 })
    assert.equal(Math.round(Number(sum)), SUM)
  }
})

test('killed while it packs: no row is lost and none is there twice', async () => {
  const before = await held()
  assert.equal(before?.rows, ROWS)
  const packs = { table: 'metrics_packed', day: today - 12 }
  await withServer((db) => createPartition(db, { ...packs, schema: live.schema }))
  await killedDuring(packClosedDays, { insertsInto: partitionName(packs), call: 1 })
  assert.deepEqual(await held(), before)
  assert.equal(await packedRows(), 2 * ROWS_A_DAY)
  await finished(packClosedDays)
  assert.deepEqual(await held(), before)
  assert.equal(await packedRows(), ROWS)
})

const packedRows = () =>
  withServer(async (db) => {
    const { rows } = await sql<{ n: number }>`select coalesce(sum(rows), 0)::int as n
      from ${sql.table(`${live.schema}.metrics_packed`)}`.execute(db)
    return rows[0]?.n
  })

test('while the clock is a year ahead nothing goes, and nothing is made that is not there', async () => {
  const before = [await held(), await rolledUp('metrics_5min'), await rolledUp('metrics_1hour')]
  const nowMs = () => Date.now() + 365 * DAY_MS
  await withServer(async (db) => {
    for (const settledMs of [undefined, Date.now() - 20 * DAY_MS]) {
      for (const job of [rollUp, packClosedDays]) await runOnce(job, db, { clock: { nowMs }, settledMs })
      await runOnce(retention, db, { clock: { nowMs }, settledMs }).catch((error: unknown) =>
        assert.ok(error instanceof NotYet),
      )
    }
  })
  assert.deepEqual([await held(), await rolledUp('metrics_5min'), await rolledUp('metrics_1hour')], before)
})

test('killed while it drops: what is due goes with the next attempt, and nothing else', async () => {
  const kept = await held(daysAgo(30))
  const made = [await rolledUp('metrics_5min'), await rolledUp('metrics_1hour')]
  // Rows of both days that are due, then packs of one.
  await killedDuring(retention, { call: 4 })
  assert.equal((await held())?.rows, ROWS - ROWS_A_DAY)
  await finished(retention)
  const days = await withServer((db) => listPartitions(db, live.schema))
  for (const table of ['metrics', 'metrics_packed']) {
    const ages = (days.get(table) ?? []).map((day) => today - day).filter((age) => age > 2)
    assert.deepEqual(
      ages.toSorted((a, b) => a - b),
      [3, 12],
    )
  }
  assert.equal(kept?.rows, ROWS / 2)
  assert.deepEqual(await held(), kept)
  assert.deepEqual([await rolledUp('metrics_5min'), await rolledUp('metrics_1hour')], made)
})
