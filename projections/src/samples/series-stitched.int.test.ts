// Questions across rows as measured and both rollups, against what is computed by hand from what was measured.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulidToUuid } from '@secumon/contracts/ids'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { ensureGeneration, type Generation } from '../generations.ts'
import { liveGeneration } from '../live-generation.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import { tenantScope } from '../tenant-scope.ts'
import { agentId } from '../testing/recorded.ts'
import { testDatabase } from '../testing/recorder.ts'
import { dayOfMs } from './day-partitions.ts'
import { planSeries } from './plan.ts'
import { samplesProjector } from './project.ts'
import { querySeries, type SeriesRequest } from './queries.ts'
import { reachesOf, relationsFor } from './relations.ts'
import { ROLLUPS } from './rollups/definitions.ts'
import { insertRange } from './rollups/statements.ts'
import { groupsOf } from './series-answer.ts'
import { seriesStatement } from './series-sql.ts'

const SCOPE = tenantScope('main')
const AGENT = agentId(1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Four days; of the first nothing is left but hours, of the second no rows as measured. */
const T0 = (dayOfMs(Date.now()) - 10) * DAY_MS
const [MINUTES_FROM, ROWS_FROM, END] = [T0 + DAY_MS, T0 + 2 * DAY_MS, T0 + 4 * DAY_MS]
const UNTIL = { metrics_5min: END - 6 * HOUR, metrics_1hour: END - 12 * HOUR }

type Measured = {
  readonly atMs: number
  readonly n: number
  readonly load: number | null
  readonly bytes: number
}

/** A row a minute, each a little later in its minute; an hour of each day is missing, and some rows have no load. */
const MEASURED: readonly Measured[] = Array.from({ length: 4 * 1_440 }, (_, n) => ({
  n,
  atMs: T0 + n * MINUTE + (n % 50) * 1_000,
  load: n % 7 === 3 ? null : (n * 7_919) % 1_009,
  bytes: ((n * 104_729) % 10_007) * 1_000,
})).filter(({ atMs }) => Math.floor(atMs / HOUR) % 24 !== 5)

const db = await testDatabase({ after })
let live: Generation

before(async () => {
  live = await ensureGeneration(db, samplesProjector())
  for (const table of ['metrics', 'network_metrics'])
    for (let day = dayOfMs(T0); day < dayOfMs(END); day++)
      await createPartition(db, { schema: live.schema, table, day })
  await measure()
  const { projection, generation: version, schema } = live
  const place = { projection, version, schema, packed: false }
  for (const rollup of ROLLUPS)
    await insertRange(place, rollup, { agents: [ulidToUuid(AGENT)], fromMs: T0, toMs: END }).execute(db)
  await drop('metrics_5min', MINUTES_FROM)
  await drop('metrics', ROWS_FROM)
  await drop('network_metrics', ROWS_FROM)
})

async function measure(): Promise<void> {
  const of = (pick: (row: Measured) => number | null) => MEASURED.map((row) => pick(row))
  const rows = sql`unnest(${of(({ atMs }) => atMs)}::float8[], ${of(({ load }) => load)}::real[],
    ${of(({ bytes }) => bytes)}::bigint[]) as m (at_ms, load, bytes)`
  const stamp = sql`to_timestamp(m.at_ms / 1000), ${ulidToUuid(AGENT)}::uuid, 60000, 'main'`
  await sql`insert into ${sql.table(`${live.schema}.metrics`)}
    (time, agent_id, interval_ms, tenant_id, clock_corrected, cpu_load_avg_1, memory_used_bytes)
    select ${stamp}, false, m.load, m.bytes from ${rows}`.execute(db)
  for (const name of ['eth0', 'lo'])
    await sql`insert into ${sql.table(`${live.schema}.network_metrics`)}
      (time, agent_id, interval_ms, tenant_id, interface, receive_bytes) select ${stamp}, ${name}, m.bytes from ${rows}`.execute(
      db,
    )
}

async function drop(relation: string, beforeMs: number): Promise<void> {
  const { projection, generation } = live
  await db
    .insertInto('secumon.floors')
    .values({ projection, version: generation, relation, floor: new Date(beforeMs) })
    .execute()
  await sql`delete from ${sql.table(`${live.schema}.${relation}`)} where time < ${new Date(beforeMs)}`.execute(
    db,
  )
}

async function setUntil(until: Readonly<Record<string, number>>): Promise<void> {
  const { projection, generation: version } = live
  await db.deleteFrom('secumon.rollups').where('projection', '=', projection).execute()
  for (const [relation, ms] of Object.entries(until))
    await db
      .insertInto('secumon.rollups')
      .values({ projection, version, relation, until: new Date(ms), stepping_to: new Date(ms) })
      .execute()
}

/** Each time with a database object of its own, which remembers nothing. */
const ask = (request: Partial<SeriesRequest> & Pick<SeriesRequest, 'keys'>) =>
  querySeries(db.withoutPlugins(), SCOPE, { agent: AGENT, fromMs: T0, toMs: END, stepMs: HOUR, ...request })

type Computed = (rows: readonly Measured[]) => number | null

/** What an answer must say, from what was measured. */
function byHand(
  { times, step }: { times: readonly number[]; step: number },
  compute: Computed,
): (number | null)[] {
  const byBucket = Map.groupBy(MEASURED, ({ atMs }) => Math.floor(atMs / step) * step)
  return times.map((at) => {
    const rows = byBucket.get(at)
    return rows ? compute(rows) : null
  })
}

const present = (rows: readonly Measured[]) => rows.map(({ load }) => load).filter((load) => load !== null)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const rounded = (value: number | null) =>
  value === null ? null : Math.abs(value) >= 1e6 ? Math.round(value) : Number(value.toPrecision(7))
const mean: Computed = (rows) => rounded(sum(present(rows)) / present(rows).length)
const lowest: Computed = (rows) => Math.min(...present(rows))
const highest: Computed = (rows) => Math.max(...present(rows))
const rate: Computed = (rows) => rounded(sum(rows.map(({ bytes }) => bytes)) / (rows.length * 60))
const amount: Computed = (rows) => sum(rows.map(({ bytes }) => bytes))

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const holes = (values: readonly (number | null)[] = []) => values.filter((value) => value === null).length

test('before a rollup has said how far it is, rows as measured answer', async () => {
  const answer = await ask({ keys: ['cpu.load_avg_1'], fromMs: ROWS_FROM })
  assert.equal(answer.source, 'metrics')
  assert.deepEqual(answer.series[0]?.values, byHand(answer, mean))
})

test('across all boundaries an answer is what the rows say, and gaps are gaps', async () => {
  await setUntil(UNTIL)
  const answer = await ask({ keys: ['cpu.load_avg_1'] })
  assert.deepEqual([answer.source, answer.step], ['metrics_1hour,metrics_5min,metrics', HOUR])
  const [load] = answer.series
  assert.equal(holes(load?.values), 4)
  assert.deepEqual(load?.values, byHand(answer, mean))
  assert.deepEqual(
    load?.min,
    byHand(answer, (rows) => lowest(rows)),
  )
  assert.deepEqual(
    load?.max,
    byHand(answer, (rows) => highest(rows)),
  )
})

test('a bucket that lies in two relations is whole', async () => {
  const answer = await ask({ keys: ['cpu.load_avg_1'], stepMs: 8 * HOUR })
  assert.equal(answer.source, 'metrics_1hour,metrics_5min,metrics')
  assert.deepEqual(answer.series[0]?.values, byHand(answer, mean))
})

test('rates and sums of deltas are right for every name', async () => {
  await setUntil({ ...UNTIL, network_metrics_1hour: UNTIL.metrics_1hour })
  const rates = await ask({ keys: ['network.receive_bytes'] })
  assert.deepEqual([rates.source, rates.step], ['network_metrics_1hour,network_metrics', HOUR])
  assert.deepEqual(
    rates.series.map(({ name, values }) => [name, values]),
    ['eth0', 'lo'].map((name) => [name, byHand(rates, rate)]),
  )
  const sums = await ask({ keys: ['network.receive_bytes'], aggregation: 'sum', dimension: 'lo' })
  assert.deepEqual(
    sums.series.map(({ name, values }) => [name, values]),
    [['lo', byHand(sums, amount)]],
  )
  const banded = await ask({ keys: ['network.receive_bytes'], aggregation: 'avg', dimension: 'lo' })
  assert.deepEqual(
    banded.series[0]?.max,
    byHand(banded, (rows) => rounded(Math.max(...rows.map(({ bytes }) => bytes / 60)))),
  )
})

test('a question where only a rollup is left is answered in its step', async () => {
  const minutes = await ask({
    keys: ['cpu.load_avg_1'],
    fromMs: ROWS_FROM - 6 * HOUR,
    toMs: ROWS_FROM,
    stepMs: MINUTE,
  })
  assert.deepEqual([minutes.source, minutes.step], ['metrics_5min', 5 * MINUTE])
  assert.deepEqual(minutes.series[0]?.values, byHand(minutes, mean))
  const hours = await ask({ keys: ['cpu.load_avg_1'], fromMs: T0, toMs: T0 + 6 * HOUR, stepMs: MINUTE })
  assert.deepEqual([hours.source, hours.step], ['metrics_1hour', HOUR])
  assert.deepEqual(hours.series[0]?.values, byHand(hours, mean))
})

test('tables asked together have one step', async () => {
  const answer = await ask({
    keys: ['cpu.load_avg_1', 'network.receive_bytes'],
    fromMs: ROWS_FROM - 6 * HOUR,
    toMs: ROWS_FROM,
    stepMs: 5 * MINUTE,
  })
  assert.equal(answer.step, HOUR)
  assert.deepEqual(answer.series[0]?.values, byHand(answer, mean))
  assert.deepEqual(answer.series[1]?.values, byHand(answer, rate))
})

test('the last of a bucket is the mean of the last row that is left', async () => {
  const last = await ask({
    keys: ['cpu.load_avg_1'],
    aggregation: 'last',
    stepMs: 2 * HOUR,
    fromMs: MINUTES_FROM,
    toMs: ROWS_FROM,
  })
  assert.deepEqual([last.source, last.step], ['metrics_1hour', 2 * HOUR])
  const ofLastHour: Computed = (rows) => {
    const hour = Math.max(...rows.map(({ atMs }) => Math.floor(atMs / HOUR)))
    return mean(rows.filter(({ atMs }) => Math.floor(atMs / HOUR) === hour))
  }
  assert.deepEqual(last.series[0]?.values, byHand(last, ofLastHour))
})

test('where a tenant keeps less than others, it is asked for what it has', async () => {
  const whose = { projection: live.projection, version: live.generation, tenant_id: SCOPE.tenant }
  const question = {
    keys: ['cpu.load_avg_1'],
    fromMs: ROWS_FROM,
    toMs: ROWS_FROM + DAY_MS,
    stepMs: MINUTE,
  } as const
  const floor = { relation: 'metrics', floor: new Date(ROWS_FROM + DAY_MS) }
  assert.equal((await ask(question)).source, 'metrics')
  await db
    .insertInto('secumon.tenant_floors')
    .values({ ...whose, ...floor })
    .execute()
  const answer = await ask(question)
  await db.deleteFrom('secumon.tenant_floors').execute()
  assert.deepEqual([answer.source, answer.step], ['metrics_5min', 5 * MINUTE])
  assert.deepEqual(answer.series[0]?.values, byHand(answer, mean))
})

test('before everything that is kept there are gaps, and cores reach as far as rows do', async () => {
  const before = await ask({ keys: ['cpu.load_avg_1'], fromMs: T0 - DAY_MS, toMs: T0 })
  assert.equal(holes(before.series[0]?.values), 24)
  const cores = await ask({ keys: ['cpu.core_busy_percent'], fromMs: T0 })
  assert.deepEqual([cores.source, cores.series], ['metrics', []])
})

test('every relation is read by its index', async () => {
  const reaches = await reachesOf(db, SCOPE, await liveGeneration(db.withoutPlugins(), 'samples'))
  for (const key of ['cpu.load_avg_1', 'network.receive_bytes'] as const) {
    const [group] = groupsOf({ keys: [key] })
    assert.ok(group)
    const plan = planSeries({ relations: relationsFor(group, reaches), fromMs: T0, toMs: END, stepMs: HOUR })
    const query = { live: await liveGeneration(db, 'samples'), scope: SCOPE, agent: AGENT, plan }
    const text = await db.transaction().execute(async (tx) => {
      // Few rows as there are here would be read one after the other, and so they are where there is no index.
      await sql`set local enable_seqscan = off`.execute(tx)
      const { rows } = await sql<Record<string, string>>`explain ${seriesStatement(group, query)}`.execute(tx)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    assert.equal(plan.segments.length, key === 'cpu.load_avg_1' ? 3 : 2)
    assert.doesNotMatch(text, /Seq Scan/)
  }
})

test('of a custom metric the sets of labels are read of which something came last', async () => {
  const days = sql`select n, date 'epoch' + ${dayOfMs(T0)}::integer as t0 from generate_series(101, 399) n`
  // Of the last hundred nothing came before the day after; before them, the higher a number the later it was heard of.
  await sql`insert into ${sql.table(`${live.schema}.custom_series`)}
    select 'main', ${ulidToUuid(AGENT)}::uuid, 'jobs', 'n="' || n || '"', false,
      case when n < 300 then t0 else t0 + 1 end, t0 + n from (${days}) as d`.execute(db)
  await sql`insert into ${sql.table(`${live.schema}.custom_metrics_1hour`)}
      (time, agent_id, tenant_id, rows, interval_ms, metric, labels, value_avg, value_min, value_max, value_count)
    select ${new Date(T0)}, ${ulidToUuid(AGENT)}::uuid, 'main', 60, 60000, 'jobs', 'n="' || n || '"', n, n, n, 60
    from (${days}) as d`.execute(db)
  await setUntil({ ...UNTIL, custom_metrics_1hour: END })
  const { source, series } = await ask({ keys: ['custom.jobs'], toMs: T0 + HOUR })
  assert.equal(source, 'custom_metrics_1hour')
  assert.deepEqual(
    series.map(({ name, values }) => [name, values]),
    [...numbers(101, 299), 399].map((n) => [`n="${n}"`, [n]]),
  )
})

test('sealed rows of a rollup count as those of the live one do', async () => {
  const [hours, sealed] = [`${live.schema}.metrics_1hour`, `${SEALED_SCHEMA}.metrics_1hour`]
  await sql`create schema if not exists ${sql.ref(SEALED_SCHEMA)}`.execute(db)
  await sql`create table if not exists ${sql.table(sealed)} (like ${sql.table(hours)} including all)`.execute(
    db,
  )
  const isOld = sql`extract(hour from time) < 9`
  await sql`insert into ${sql.table(sealed)} select * from ${sql.table(hours)} where ${isOld}`.execute(db)
  await sql`delete from ${sql.table(hours)} where ${isOld}`.execute(db)
  await setUntil(UNTIL)
  const answer = await ask({ keys: ['cpu.load_avg_1'], stepMs: 4 * HOUR })
  assert.deepEqual(answer.series[0]?.values, byHand(answer, mean))
})
