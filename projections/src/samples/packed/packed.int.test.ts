import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY_MS, partitionName } from '@secumon/migrations/partitions'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { testDatabase } from '@secumon/infra/testing/database'
import * as fc from 'fast-check'
import { sql } from 'kysely'
import { agentId } from '../../testing/recorded.ts'
import { dayOfMs } from '../day-partitions.ts'
import { observation } from '../samples.fixture.ts'
import { SAMPLE_TABLES } from '../tables.ts'
import { unpackDay } from './all-rows.ts'
import { deleteRows } from '../delete-rows.ts'
import { dropPackedDays } from './drop-packed.ts'
import { emptyDay } from './empty-day.ts'
import { packDay } from './pack-day.ts'
import { packedShape } from './packed-shape.ts'
import { storeTwice, uuidOf, type TwiceStored, type Written } from './testing/twice-stored.ts'

const TODAY = dayOfMs(Date.now())
const TABLES = SAMPLE_TABLES.map(({ table }) => table)
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const db = await testDatabase({ after })

let stores = 0
const newStore = (): Promise<TwiceStored> => storeTwice(db, `packed-${++stores}`)

type Place = { readonly table: string; readonly day: number }

async function pack(
  { schema }: TwiceStored,
  { table, day }: Place,
  agents: readonly number[],
): Promise<void> {
  const shape = await packedShape(db, schema, table)
  assert.ok(shape)
  await db.transaction().execute((tx) => packDay(tx, { schema, shape, day, agents: agents.map(uuidOf) }))
}

const packsOf = async ({ schema }: TwiceStored, table: string) =>
  (
    await sql<{
      rows: number
    }>`select rows from ${sql.table(`${schema}.${table}_packed`)} order by rows`.execute(db)
  ).rows.map(({ rows }) => rows)

async function assertWhole(store: TwiceStored): Promise<void> {
  for (const relation of TABLES) assert.equal(await store.differences({ relation }), 0, relation)
}

/** A minute of ticks of an agent. */
const minute = (agent: number, fromMs: number): Written[] =>
  Array.from({ length: 6 }, (_, i) => ({
    agent,
    atMs: fromMs + i * 10_000,
    observation: observation(0, agent + i),
  }))

// What a host may say at most and at least: nothing of some columns, arrays of any length, numbers at their limits.
const observations = fc.record({
  intervalMs: fc.constantFrom(0, 10_000, 10_000, 60_000, 2 ** 31 - 1),
  host: fc.option(
    fc.record(
      {
        cpuUsagePercent: fc.float({ noNaN: true, noDefaultInfinity: true, max: Math.fround(3e38) }),
        cpuCoreBusyPercent: fc.array(fc.float({ noNaN: true, min: 0, max: 100 }), { maxLength: 4 }),
        memoryTotalBytes: fc.constant(2 ** 34),
        memoryUsedBytes: fc.maxSafeInteger(),
        systemUptimeSeconds: fc.double({ noNaN: true, noDefaultInfinity: true }),
        systemUsers: fc.nat(9),
      },
      { requiredKeys: [] },
    ),
    { nil: undefined },
  ),
  temperatures: fc
    .uniqueArray(fc.constantFrom('cpu', 'nvme "0"', '{a,b}\\', 'é'), { maxLength: 3 })
    .map((sensor) => ({ sensor, celsius: sensor.map((name) => name.length + 0.5) })),
  networks: fc.uniqueArray(fc.constantFrom('eth0', 'wg0', "it's"), { maxLength: 2 }).chain((names) =>
    fc.record({
      interface: fc.constant(names),
      receiveBytes: fc.array(fc.maxSafeNat(), { minLength: names.length, maxLength: names.length }),
    }),
  ),
  processes: fc.array(fc.nat(3), { maxLength: 3 }).map((pids) => ({
    pid: pids,
    name: pids.map((pid) => `p${pid % 2}`),
    user: pids.map(() => 'root'),
    cpuPercent: pids.map((pid) => pid / 3),
    rssBytes: pids.map((pid) => pid * 4096),
  })),
})

const days = fc.constantFrom(TODAY - 3, TODAY - 2)
const agents = fc.integer({ min: 1, max: 3 })
const tables = fc.constantFrom(...TABLES)
const offsets = fc.oneof(fc.constantFrom(0, 5_000, DAY_MS - 1), fc.nat(DAY_MS - 1))

const steps = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      write: fc.array(
        fc.record({
          agent: agents,
          atMs: fc.tuple(days, offsets).map(([day, ms]) => day * DAY_MS + ms),
          tenant: fc.constantFrom('main', 'main', 'other'),
          clockCorrected: fc.boolean(),
          observation: observations,
        }),
        { minLength: 1, maxLength: 20 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ pack: fc.record({ table: tables, day: days }), agents: fc.uniqueArray(agents) }),
  },
  { weight: 1, arbitrary: fc.record({ empty: fc.record({ table: tables, day: days }) }) },
  { weight: 1, arbitrary: fc.record({ unpack: fc.record({ table: tables, day: days }), agent: agents }) },
)
type Step = typeof steps extends fc.Arbitrary<infer Each> ? Each : never

async function take(store: TwiceStored, step: Step): Promise<void> {
  if ('write' in step) return store.write(step.write)
  if ('pack' in step) return pack(store, step.pack, step.agents)
  if ('empty' in step) return emptyDay(db, { ...step.empty, schema: store.schema })
  const whose = sql`p.agent_id = ${uuidOf(step.agent)}::uuid`
  await db.transaction().execute((tx) => unpackDay(tx, { ...step.unpack, schema: store.schema, whose }))
}

const questions = fc.record({
  relation: tables,
  columns: fc.constantFrom(
    ['cpu_core_busy_percent'],
    ['temperature_celsius', 'temperature_sensor'],
    ['name'],
  ),
  range: fc.tuple(offsets, offsets, days),
  agent: fc.option(agents, { nil: undefined }),
})

test('whatever is packed whenever, every question has the answer that it would have without', async (t) => {
  t.diagnostic(`seed ${SEED}`)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(steps, questions), { minLength: 6, maxLength: 12 }), async (taken) => {
      const store = await newStore()
      await store.write([...minute(1, (TODAY - 2) * DAY_MS), ...minute(2, (TODAY - 3) * DAY_MS)])
      for (const [step, { relation, columns, range, agent }] of taken) {
        await take(store, step)
        const known =
          SAMPLE_TABLES.find(({ table }) => table === relation)?.columns.map(({ name }) => name) ?? []
        const [from, to, day] = range
        const wanted = {
          relation,
          fromMs: day * DAY_MS + Math.min(from, to),
          toMs: day * DAY_MS + Math.max(from, to),
          columns: columns.filter((name) => known.includes(name)),
          ...(agent !== undefined && { agent: agentId(agent) }),
        }
        assert.equal(await store.differences(wanted), 0)
        assert.equal(await store.differences({ relation }), 0)
      }
      await assertWhole(store)
    }),
    { seed: SEED, numRuns: 3, endOnFailure: true },
  )
})

test('a series has one pack a day, with what came late in it; a day whose rows are packed takes no room', async () => {
  const store = await newStore()
  const place = { table: 'metrics', day: TODAY - 2 }
  const fromMs = place.day * DAY_MS
  await store.write(Array.from({ length: 200 }, (_, i) => minute(1 + (i % 2), fromMs + i * 60_000)).flat())
  await pack(store, place, [1, 2])
  assert.deepEqual(await packsOf(store, 'metrics'), [600, 600])
  await store.write(minute(2, fromMs + DAY_MS / 2))
  await pack(store, place, [2])
  assert.deepEqual(await packsOf(store, 'metrics'), [600, 606])
  const partition = `${store.schema}.${partitionName(place)}`
  await comesTrue('its room is given back', async () => {
    await emptyDay(db, { ...place, schema: store.schema })
    const { rows } = await sql<{ bytes: number }>`
      select pg_total_relation_size(${partition}::regclass)::int as bytes`.execute(db)
    return (rows[0]?.bytes ?? Infinity) < 64 * 1024
  })
  await assertWhole(store)
  const below = { schema: store.schema, table: 'metrics', beforeMs: fromMs + DAY_MS }
  const { signal } = new AbortController()
  const deleted = (beforeMs: number) =>
    deleteRows(db, { ...below, signal, cuts: [{ beforeMs, whose: sql`agent_id = ${uuidOf(1)}::uuid` }] })
  assert.equal(await deleted(fromMs), 0)
  assert.equal(await deleted(below.beforeMs), 600)
  assert.deepEqual(await packsOf(store, 'metrics'), [606])
  assert.deepEqual(await dropPackedDays(db, { ...below, beforeMs: below.beforeMs - 1 }), [])
  const day = partitionName({ ...place, table: 'metrics_packed' })
  assert.deepEqual(await dropPackedDays(db, below), [day])
  assert.deepEqual(await packsOf(store, 'metrics'), [])
})

test('killed in the middle it has done nothing', async () => {
  const store = await newStore()
  const place = { table: 'metrics', day: TODAY - 2 }
  await store.write(minute(1, place.day * DAY_MS))
  const partition = sql.table(`${store.schema}.${partitionName(place)}`)
  const holder = await db.startTransaction().execute()
  await sql`select from ${partition} order by time desc limit 1 for update`.execute(holder)
  const packing = assert.rejects(pack(store, place, [1]))
  await comesTrue('the packing waits for the row', async () => (await terminateWaiting()) === 1)
  await packing
  await holder.rollback().execute()
  assert.deepEqual(await packsOf(store, 'metrics'), [])
  await assertWhole(store)
})

async function terminateWaiting(): Promise<number> {
  const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like 'with gone%'`.execute(db)
  return rows.length
}

test('who reads while it is written and packed sees every row once, however old the snapshot', async () => {
  const store = await newStore()
  const places = TABLES.map((table) => ({ table, day: TODAY - 2 }))
  const fromMs = (TODAY - 2) * DAY_MS
  await store.write(minute(1, fromMs))
  const old = await db.startTransaction().setIsolationLevel('repeatable read').execute()
  await sql`select from secumon.facts`.execute(old)
  let writing = true
  const written = (async () => {
    for (let i = 1; i <= 12; i++)
      await store.write([...minute(1, fromMs + i * 60_000), ...minute(2, fromMs + i * 7_000)])
    writing = false
  })()
  const packed = (async () => {
    while (writing)
      for (const place of places) {
        await pack(store, place, [1, 2])
        await emptyDay(db, { ...place, schema: store.schema })
      }
  })()
  const read = (async () => {
    while (writing) await assertWhole(store)
  })()
  await Promise.all([written, packed, read])
  for (const place of places) await pack(store, place, [1, 2])
  for (const place of places) await emptyDay(db, { ...place, schema: store.schema })
  for (const relation of TABLES)
    assert.equal(await store.differences({ relation }, old as never), 0, relation)
  await old.rollback().execute()
  await assertWhole(store)
})
