import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MAX_CUSTOM_SERIES } from '@secumon/contracts/custom-metrics'
import { ulidToUuid } from '@secumon/contracts/ids'
import { copyRows } from '@secumon/infra/database/copy-rows'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration, generationsOf } from '../../generations.ts'
import { liveSchema } from '../../live-generation.ts'
import { compareTables } from '../../rebuild/compare.ts'
import { tenantScope } from '../../tenant-scope.ts'
import { rebuilt, runJob } from '../../testing/life.ts'
import { startLoop, stopLoops } from '../../testing/loop.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { agentId } from '../../testing/recorded.ts'
import { STREAM, testDatabase } from '../../testing/recorder.ts'
import { leftOutOf } from '../left-out.ts'
import { samplesProjector } from '../project.ts'
import { querySeries } from '../queries.ts'
import { customMetricsOf, customUsage } from '../queries/custom-series.ts'
import { SAMPLE_TABLES } from '../tables.ts'
import { frameOf, HOUR_MS, laneOf, MINUTE_MS, named, NOW, type Sent } from './custom.fixture.ts'
import { freeSeries } from './free-series-job.ts'

const OTHER_STREAM = 'TELEMETRY_1'

after(stopLoops)
const db = await testDatabase({ after })
const log = new MemoryLog()

/** What projectors that have just started make of it, one of each stream. */
async function take(sent: Readonly<Record<string, readonly Sent[]>>): Promise<void> {
  for (const [stream, frames] of Object.entries(sent)) log.append(stream, ...frames.map(frameOf))
  await Promise.all(
    Object.keys(sent).map(async (stream) => {
      const loop = startLoop({ projector: samplesProjector(), log, db, stream })
      await loop.reached((await log.bounds(stream)).last)
      await loop.stop()
    }),
  )
}

async function held(
  tenant: string,
): Promise<{ rows: number; series: number; refused: number; hosts: number }> {
  const schema = await liveSchema(db, 'samples')
  const { rows } = await sql<{ rows: number; hosts: number }>`select
    (select count(*)::int from ${sql.table(`${schema}.custom_metrics`)} where tenant_id = ${tenant}) as rows,
    (select count(*)::int from ${sql.table(`${schema}.metrics`)} where tenant_id = ${tenant}) as hosts`.execute(
    db,
  )
  const { series, refusedValues } = await customUsage(db, tenantScope(tenant), NOW)
  return { rows: rows[0]?.rows ?? 0, hosts: rows[0]?.hosts ?? 0, series, refused: refusedValues }
}

/** As if the tenant had so many series already. */
async function fill(tenant: string, count: number, lastSeenMs = NOW): Promise<void> {
  const { schema } = await ensureGeneration(db, samplesProjector())
  const day = Math.floor(lastSeenMs / DAY_MS)
  await sql`insert into ${sql.table(`${schema}.custom_series`)}
    select ${tenant}, ${ulidToUuid(agentId(999))}::uuid, 'jobs', 'old="' || n || '"', false, date 'epoch' + ${day}::integer,
      date 'epoch' + ${day}::integer from generate_series(1, ${count}) n`.execute(db)
}

test('a tenant has its number of series and no more; what is beyond is counted, and all else is stored', async () => {
  await take({
    [STREAM]: [
      { agent: 1, tenant: 'full', labels: named(0, MAX_CUSTOM_SERIES - 1) },
      { agent: 2, tenant: 'full', labels: named(0, 3) },
      { agent: 3, tenant: 'calm', labels: named(0, 3) },
    ],
  })
  assert.deepEqual(await held('full'), {
    rows: MAX_CUSTOM_SERIES,
    series: MAX_CUSTOM_SERIES,
    refused: 2,
    hosts: 6,
  })
  assert.deepEqual(await held('calm'), { rows: 3, series: 3, refused: 0, hosts: 1 })
})

test('it goes on with those it has, also with a projector that knows nothing yet', async () => {
  const minutes = [1, 2].map((n) => NOW + n * MINUTE_MS)
  await take({ [STREAM]: minutes.map((atMs) => ({ agent: 2, tenant: 'full', atMs, labels: named(0, 3) })) })
  const { rows, series, refused } = await held('full')
  assert.deepEqual([rows, series, refused], [MAX_CUSTOM_SERIES + 2, MAX_CUSTOM_SERIES, 6])
  const { refusedLast, limit } = await customUsage(db, tenantScope('full'), NOW)
  assert.deepEqual([refusedLast, limit], [minutes.at(-1), MAX_CUSTOM_SERIES])
})

test('what was not heard of for thirty days makes room, and needs room itself', async () => {
  await fill('churning', MAX_CUSTOM_SERIES - 1, NOW - 30 * DAY_MS)
  assert.equal((await held('churning')).series, 0)
  await fill('back', MAX_CUSTOM_SERIES, NOW - 29 * DAY_MS)
  const labels = named(0, 2)
  await take({
    [STREAM]: [
      { agent: 300, tenant: 'churning', labels },
      { agent: 301, tenant: 'back', labels },
    ],
  })
  assert.deepEqual(await held('churning'), { rows: 2, series: 2, refused: 0, hosts: 1 })
  assert.deepEqual(await held('back'), { rows: 0, series: MAX_CUSTOM_SERIES, refused: 2, hosts: 1 })
  const nextDay = { agent: 301, tenant: 'back', labels, receivedAtMs: NOW + DAY_MS, atMs: NOW }
  await take({ [STREAM]: [nextDay] })
  assert.equal((await held('back')).rows, 2, 'a day later there is room')
})

test('room that comes during a day is found in another hour', async () => {
  await fill('freed', MAX_CUSTOM_SERIES)
  const loop = startLoop({ projector: samplesProjector(), log, db, stream: STREAM })
  const rowsAt = async (atMs: number): Promise<number> => {
    log.append(STREAM, frameOf({ agent: 302, tenant: 'freed', atMs, labels: named(0, 2) }))
    await loop.reached((await log.bounds(STREAM)).last)
    return (await held('freed')).rows
  }
  assert.equal(await rowsAt(NOW), 0)
  await sql`delete from ${sql.table(`${await liveSchema(db, 'samples')}.custom_series`)}
    where tenant_id = 'freed'`.execute(db)
  assert.equal(await rowsAt(NOW + MINUTE_MS), 0)
  assert.equal(await rowsAt(NOW + HOUR_MS), 2)
  await loop.stop()
})

test('what nothing is kept of is forgotten', async () => {
  await fill('gone', 7, NOW - 366 * DAY_MS)
  await fill('still-there', 7, NOW - 364 * DAY_MS)
  assert.equal(await runJob({ db }, freeSeries), 'forgot 7 series')
  assert.equal(await runJob({ db }, freeSeries), undefined)
})

test('a rebuild keeps the series that a tenant has, of whatever it is made', async () => {
  // Most of them are in no log any more.
  await fill('kept', MAX_CUSTOM_SERIES - 1)
  await take({ [STREAM]: [{ agent: 303, tenant: 'kept', labels: named(0, 3) }] })
  const tenants = ['full', 'calm', 'churning', 'kept']
  const before = await Promise.all(tenants.map(held))
  assert.deepEqual(before.at(-1), { rows: 1, series: MAX_CUSTOM_SERIES, refused: 2, hosts: 1 })
  await rebuilt({ db, log, writeRows: copyRows }, 'rebuild')
  assert.deepEqual(await Promise.all(tenants.map(held)), before)
})

test('which series a tenant beyond its number has is left out of a comparison, and nobody else’s', async () => {
  const generations = await generationsOf(db, 'samples')
  const [live, shadow] = [true, false].map((isLive) =>
    generations.find(({ state }) => (state === 'live') === isLive),
  )
  assert.ok(live && shadow)
  await sql`delete from ${sql.table(`${live.schema}.custom_metrics`)}
    where tenant_id in ('full', 'calm') and labels = 'n="0"'`.execute(db)
  const leftOut = await leftOutOf(db, 'samples', NOW)
  const tables = samplesProjector().tables?.filter(({ name }) => name === 'custom_metrics') ?? []
  const compared = await db
    .transaction()
    .execute((tx) => compareTables(tx, { live, shadow, tables, nowMs: NOW, ...(leftOut && { leftOut }) }))
  const lost = compared.tables.flatMap(({ first }) => first.filter(({ side }) => side === 'shadow'))
  assert.deepEqual(
    lost.map(({ row }) => row['tenant_id']),
    ['calm'],
  )
})

test('shards together take as many as there is room for', async () => {
  await fill('shared', MAX_CUSTOM_SERIES - 10)
  const sent = (from: number) =>
    Array.from({ length: 20 }, (_, i) => ({ agent: from + i, tenant: 'shared', labels: named(0, 2) }))
  await take({ [STREAM]: sent(100), [OTHER_STREAM]: sent(200) })
  const { rows, series, refused } = await held('shared')
  assert.deepEqual([rows, series, refused], [10, MAX_CUSTOM_SERIES, 70])
})

test('metrics are listed by name, found by a part of it, page by page; nobody sees another tenant’s', async () => {
  const lane = laneOf(400, 'main')
  const labels = ['', 'a="1"', 'a="2"', '']
  log.append(
    STREAM,
    ...[0, 1].map((n) =>
      lane.frame(
        { receivedAtMs: NOW + n * MINUTE_MS },
        {
          atMs: BigInt(NOW + n * MINUTE_MS),
          custom: {
            intervalMs: MINUTE_MS,
            metric: ['queue_length', 'sent_bytes_total'],
            counter: [false, true],
            metricIndex: [0, 1, 1, 1],
            labels: [...labels],
            value: [5 + n, 600, 1200 * n, 60],
          },
        },
      ),
    ),
  )
  await take({ [STREAM]: [] })
  const of = { agent: agentId(400) }
  const scope = tenantScope('main')
  const first = await customMetricsOf(db, scope, { ...of, limit: 1 })
  const today = new Date(NOW).toISOString().slice(0, 10)
  const seen = { firstSeen: today, lastSeen: today }
  assert.deepEqual(first, {
    total: 2,
    metrics: [{ name: 'queue_length', series: 1, kind: 'gauge', ...seen }],
    next: 'queue_length',
  })
  assert.deepEqual(await customMetricsOf(db, scope, { ...of, limit: 1, after: 'queue_length' }), {
    total: 2,
    metrics: [{ name: 'sent_bytes_total', series: 3, kind: 'delta', ...seen }],
    next: null,
  })
  const found = await customMetricsOf(db, scope, { ...of, limit: 9, search: 'Length' })
  assert.deepEqual([found.total, found.metrics[0]?.name], [1, 'queue_length'])
  const others = await customMetricsOf(db, tenantScope('full'), { ...of, limit: 9 })
  assert.deepEqual(others, { total: 0, metrics: [], next: null })
})

const ask = (keys: readonly `custom.${string}`[], dimension?: string) =>
  querySeries(db, tenantScope('main'), {
    agent: agentId(400),
    keys,
    fromMs: NOW,
    toMs: NOW + 2 * MINUTE_MS,
    stepMs: MINUTE_MS,
    ...(dimension !== undefined && { dimension }),
  })

test('levels are averaged, what counters gained is a rate; labels are the name', async () => {
  const { series, source } = await ask(['custom.sent_bytes_total', 'custom.queue_length', 'custom.unknown'])
  assert.equal(source, 'custom_metrics')
  assert.deepEqual(
    series.map(({ key, unit, aggregation, name, values }) => [key, unit, aggregation, name, values]),
    [
      ['custom.sent_bytes_total', 'bytes', 'rate', '', [1, 1]],
      ['custom.sent_bytes_total', 'bytes', 'rate', 'a="1"', [10, 10]],
      ['custom.sent_bytes_total', 'bytes', 'rate', 'a="2"', [0, 20]],
      ['custom.queue_length', 'count', 'avg', '', [5, 6]],
    ],
  )
  assert.deepEqual(
    (await ask(['custom.sent_bytes_total'], '')).series.map(({ name }) => name),
    [''],
  )
  const one = await ask(['custom.sent_bytes_total', 'custom.queue_length'], 'a="2"')
  assert.deepEqual(
    one.series.map(({ key, name }) => [key, name]),
    [['custom.sent_bytes_total', 'a="2"']],
  )
})

test('a metric that becomes a counter is one from then on', async () => {
  const atMs = NOW + 2 * MINUTE_MS
  const custom = { intervalMs: MINUTE_MS, metric: ['queue_length'], counter: [true], metricIndex: [0] }
  log.append(
    STREAM,
    laneOf(400, 'main').frame(
      { receivedAtMs: atMs },
      { atMs: BigInt(atMs), custom: { ...custom, labels: [''], value: [30] } },
    ),
  )
  await take({ [STREAM]: [] })
  const { series } = await querySeries(db, tenantScope('main'), {
    agent: agentId(400),
    keys: ['custom.queue_length'],
    fromMs: atMs,
    toMs: atMs + MINUTE_MS,
    stepMs: MINUTE_MS,
  })
  assert.deepEqual(
    series.map(({ aggregation, values }) => [aggregation, values]),
    [['rate', [0.5]]],
  )
})

test('a live generation that was made without them gets its tables, however often it is taken up', async () => {
  const { schema } = await ensureGeneration(db, samplesProjector())
  for (const table of ['custom_metrics', 'check_metrics'])
    for (const name of [table, `${table}_packed`, `${table}_1hour`])
      await sql`drop table ${sql.table(`${schema}.${name}`)}`.execute(db)
  for (const name of ['custom_series', 'custom_refused'])
    await sql`drop table ${sql.table(`${schema}.${name}`)}`.execute(db)
  assert.deepEqual((await ask(['custom.queue_length'])).series, [], 'until then there is nothing')
  const nothing = await customMetricsOf(db, tenantScope('main'), { agent: agentId(400), limit: 9 })
  assert.deepEqual(nothing.metrics, [])
  await ensureGeneration(db, samplesProjector())
  await ensureGeneration(db, samplesProjector())
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind in ('p', 'r')`.execute(db)
  const names = new Set(rows.map(({ name }) => name))
  for (const { table } of SAMPLE_TABLES) assert.ok(names.has(table) && names.has(`${table}_packed`), table)
  await take({ [STREAM]: [{ agent: 1, tenant: 'full', atMs: NOW + 9 * MINUTE_MS, labels: named(0, 4) }] })
  const { rows: stored, series } = await held('full')
  assert.deepEqual([stored, series], [4, 4])
})
