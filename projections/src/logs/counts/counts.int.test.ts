import { untyped } from '@secumon/infra/database/database'
import { createPartition, DAY_MS, listPartitions } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ensureGeneration } from '../../generations.ts'
import { liveSchema } from '../../live-generation.ts'
import { runOnce } from '../../storage/testing/jobs.ts'
import { tenantScope } from '../../tenant-scope.ts'
import { startLoop, stopLoops } from '../../testing/loop.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { agentId } from '../../testing/recorded.ts'
import { RecordedLogs, type SaidLine } from '../../testing/recorded-logs.ts'
import { testDatabase } from '../../testing/recorder.ts'
import type { LogFilter } from '../queries/log-store.ts'
import { postgresLogStore } from '../queries/postgres-store.ts'
import { logsProjector } from '../project.ts'
import { logRetention } from '../retention-job.ts'
import { logCountCheck } from './check-job.ts'
import { logCounts } from './compact-job.ts'
import { DERIVED_COUNTS } from './seal-counts.ts'
import { countedFromMs } from './tables.ts'

const HOUR = 3_600_000
const TODAY = Math.floor(Date.now() / DAY_MS)
const FROM = (TODAY - 4) * DAY_MS
after(stopLoops)
const db = await testDatabase({ after })
const store = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 60_000 })
const scope = tenantScope('main')
const log = new MemoryLog()
const loop = startLoop({ projector: logsProjector(), log, db, stream: 'LOGS_0' })
let appended = 0

async function write(lane: RecordedLogs, ...said: readonly SaidLine[]): Promise<void> {
  log.append('LOGS_0', lane.lines({ receivedAtMs: Date.now() }, said))
  await loop.reached(++appended)
}

const lanes = [1, 2].map((n) => new RecordedLogs(agentId(n)))
for (const [n, lane] of lanes.entries())
  for (let batch = 0; batch < 6; batch++)
    await write(
      lane,
      ...Array.from({ length: 40 }, (_, i) => ({
        atMs: FROM + ((batch * 40 + i) * 97 * 60_000) / (n + 3) + i,
        message: `line ${i}`,
        severity: i % 5,
        source: i % 3 === 0 ? 'nginx' : 'journal',
        ...(i % 3 !== 0 && { unit: `unit-${i % 2}` }),
      })),
    )
const schema = await liveSchema(db, 'logs')
const [counts, lines] = ['log_counts', 'logs'].map((table) => sql.table(`${schema}.${table}`))
const KIND = sql`agent_id, severity, tenant_id, source, unit`

/** By bucket and kind, from either table. */
const rowsOf = async (): Promise<{ counted: unknown[]; there: unknown[] }> => {
  const counted = await sql`select time, ${KIND}, sum(lines)::int as lines from ${counts}
    group by time, ${KIND} order by time, ${KIND}`.execute(db)
  const there =
    await sql`select date_bin('5 minutes', time, 'epoch'::timestamptz) as time, ${KIND}, count(*)::int as lines
    from ${lines} group by 1, ${KIND} order by 1, ${KIND}`.execute(db)
  return { counted: counted.rows, there: there.rows }
}

/** What is answered when no count is believed. */
async function byLines<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const was = new Date((await countedFromMs(db, schema)) ?? 0).toISOString()
  await sql`comment on table ${counts} is ''`.execute(db)
  try {
    return await ask()
  } finally {
    await sql`comment on table ${counts} is ${sql.lit(was)}`.execute(db)
  }
}

async function assertExact(): Promise<void> {
  const { counted, there } = await rowsOf()
  assert.deepEqual(counted, there)
  const ranges = [
    { fromMs: FROM, toMs: FROM + 3 * DAY_MS },
    { fromMs: FROM + 12_345, toMs: FROM + 2 * DAY_MS + 98_765 },
    { fromMs: FROM + HOUR + 1, toMs: FROM + HOUR + 4 * 60_000 },
    { fromMs: FROM + HOUR - 1, toMs: FROM + HOUR + 6 * 60_000 },
  ]
  const filters = [
    {},
    { sources: ['nginx'] },
    { agents: [agentId(2)], without: { severities: [0], units: ['unit-1'] } },
  ]
  for (const range of ranges)
    for (const filter of filters) {
      const asked: LogFilter = { ...range, ...filter }
      const answers = async () => [await store.histogram(scope, asked, 60), await store.facets(scope, asked)]
      assert.deepEqual(await answers(), await byLines(answers), JSON.stringify(asked))
    }
}

test('histograms and facets are the same by counts as by lines', assertExact)

test('counts are not summed from lines: they are read', async () => {
  const range = { fromMs: FROM, toMs: FROM + DAY_MS }
  const { sources } = await store.facets(scope, range)
  await db.transaction().execute(async (tx) => {
    await sql`lock table ${lines} in access exclusive mode`.execute(tx)
    const impatient = postgresLogStore({ db: untyped(db), nowMs: () => performance.now(), withinMs: 2_000 })
    await assert.rejects(impatient.facets(scope, { ...range, text: 'line' }))
    await sql`update ${counts} set lines = lines + 1`.execute(tx)
  })
  const more = (await store.facets(scope, range)).sources
  assert.ok((more[0]?.count ?? 0) > (sources[0]?.count ?? 0))
  await sql`update ${counts} set lines = lines - 1`.execute(db)
  await assertExact()
})

test('hours that are over are added up while others write, and what comes late is counted beside', async () => {
  const [first] = lanes
  assert.ok(first)
  const nowMs = Math.floor(Date.now() / HOUR) * HOUR
  const hourly = () => runOnce(logCounts, db, { clock: { nowMs: () => nowMs } })
  for (const atMs of [nowMs - 1, nowMs])
    for (let i = 0; i < 3; i++) await write(first, { atMs, message: 'again', source: 'said' })
  await db.transaction().execute(async (tx) => {
    await sql`insert into ${counts} (time, ${KIND}, lines) select time, ${KIND}, 1 from ${counts} limit 1`.execute(
      tx,
    )
    assert.equal(await hourly(), 'removed 2 rows')
    await sql`delete from ${counts} where xmin = pg_current_xact_id()::xid`.execute(tx)
  })
  assert.equal(await hourly(), undefined)
  await write(first, { atMs: nowMs - 2, message: 'late', source: 'said' })
  await assertExact()
})

test('counts of days that are over are added up, and made again where lines were not counted', async () => {
  const [first] = lanes
  assert.ok(first)
  for (let i = 0; i < 3; i++) await write(first, { atMs: (TODAY - 1) * DAY_MS + i, message: 'again' })
  assert.match((await runOnce(logCountCheck, db)) ?? '', /^removed \d+ rows$/)
  assert.equal(await runOnce(logCountCheck, db), undefined)
  await sql`delete from ${counts} where time = ${new Date((TODAY - 1) * DAY_MS)}`.execute(db)
  const date = new Date((TODAY - 1) * DAY_MS).toISOString().slice(0, 10)
  assert.equal(await runOnce(logCountCheck, db), `counted ${date} again`)
  const { rows } = await sql`select from ${counts} where time < ${new Date(TODAY * DAY_MS)}
    and time >= ${new Date((TODAY - 3) * DAY_MS)} group by time, ${KIND} having count(*) > 1`.execute(db)
  assert.equal(rows.length, 0)
  await assertExact()
})

test('beside lines that are there already, counts hold from the day after tomorrow on', async () => {
  await sql`drop table ${counts}`.execute(db)
  const range = { fromMs: FROM, toMs: (TODAY + 3) * DAY_MS }
  const before = await store.facets(scope, range)
  await ensureGeneration(db, logsProjector())
  assert.equal(await countedFromMs(db, schema), (TODAY + 2) * DAY_MS)
  assert.deepEqual(await store.facets(scope, range), before)
  // As if it were so far: what was written before is lines, what comes from now on is counts.
  const fromMs = Math.floor(Date.now() / DAY_MS) * DAY_MS
  await sql`comment on table ${counts} is ${sql.lit(new Date(fromMs).toISOString())}`.execute(db)
  const [first] = lanes
  assert.ok(first)
  await write(first, { atMs: Date.now(), message: 'counted', source: 'new' })
  const { sources } = await store.facets(scope, range)
  assert.deepEqual(
    sources.find(({ value }) => value === 'new'),
    { value: 'new', count: 1 },
  )
})

test('what is moved elsewhere or past retention is counted no longer', async () => {
  await sql`delete from ${counts}`.execute(db)
  for (const day of (await listPartitions(db, schema)).get('logs') ?? [])
    await createPartition(db, { schema, table: 'log_counts', day })
  await sql`insert into ${counts} (time, ${KIND}, lines)
    select date_bin('5 minutes', time, 'epoch'::timestamptz), ${KIND}, count(*) from ${lines} group by 1, ${KIND}`.execute(
    db,
  )
  await sql`comment on table ${counts} is '1970-01-01T00:00:00.000Z'`.execute(db)
  const live = await ensureGeneration(db, logsProjector())
  await db.transaction().execute(async (tx) => {
    await sql`delete from ${lines} where agent_id = (select agent_id from ${lines} limit 1)
      and time >= ${new Date(FROM)} and time < ${new Date(FROM + DAY_MS)}`.execute(tx)
    await DERIVED_COUNTS.sealDay(tx, { live, next: live, table: 'logs', day: TODAY - 4 })
  })
  await assertExact()
  await runOnce(logRetention, db, { kept: { raw: 30, rollup5min: 90, rollup1hour: 365, logs: 2 } })
  const { counted, there } = await rowsOf()
  assert.deepEqual(counted, there)
  assert.ok(there.length > 0)
})
