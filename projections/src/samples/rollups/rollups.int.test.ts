import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ulidToUuid } from '@secumon/contracts/ids'
import { untyped } from '@secumon/infra/database/database'
import { DAY_MS, dropDaysBefore } from '@secumon/migrations/partitions'
import fc from 'fast-check'
import { sql } from 'kysely'
import { ensureGeneration, type Generation } from '../../generations.ts'
import type { Projector } from '../../projector.ts'
import { startLoop, stopLoops } from '../../testing/loop.ts'
import { MemoryLog, type Appended } from '../../testing/memory-log.ts'
import { agentId, RecordedLane, type ObservationInit } from '../../testing/recorded.ts'
import { STREAM, testDatabase } from '../../testing/recorder.ts'
import { assertRollupsAreRight } from '../../testing/rollup-laws.ts'
import { packDay } from '../packed/pack-day.ts'
import { packedShape } from '../packed/packed-shape.ts'
import { samplesProjector } from '../project.ts'
import { raiseFloor } from '../retention-floor.ts'
import { observation } from '../samples.fixture.ts'
import { SAMPLE_TABLES } from '../tables.ts'
import { ROLLUPS } from './definitions.ts'
import { refreshRollups, type Refreshed } from './refresh.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Midday of a day long past. */
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS - 5 * DAY_MS + 12 * HOUR_MS

after(stopLoops)
const db = await testDatabase({ after })

let projections = 0
type Rig = {
  readonly generation: Generation
  readonly projector: Projector
  take(messages: readonly Appended[], maxMessages?: number): Promise<void>
  refresh(nowMs: number, signal?: AbortSignal): Promise<Refreshed>
}

const SHARDS = [STREAM, 'TELEMETRY_1']
/** One of the agents comes over another stream, whose loop is another writer. */
const shardOf = ({ subject }: Appended): string => SHARDS[subject.endsWith(agentId(3)) ? 1 : 0] ?? STREAM

/** A projection of its own with a log of its own. */
async function rig(): Promise<Rig> {
  const projector = { ...samplesProjector(), name: `samples-${++projections}` }
  const generation = await ensureGeneration(db, projector)
  const log = new MemoryLog()
  return {
    generation,
    projector,
    async take(messages, maxMessages = 1_000) {
      for (const message of messages) log.append(shardOf(message), message)
      await Promise.all(
        [...new Set(messages.map(shardOf))].map(async (stream) => {
          const named = { ...samplesProjector(), name: projector.name }
          const loop = startLoop({ projector: named, log, db, stream, limits: { maxMessages } })
          await loop.reached((await log.bounds(stream)).last)
          await loop.stop()
        }),
      )
    },
    refresh: (nowMs, signal = AbortSignal.timeout(60_000)) =>
      refreshRollups({ db, generation, nowMs, signal }),
  }
}

const isRight = ({ generation }: Rig): Promise<number> =>
  assertRollupsAreRight({ db: untyped(db), generation })

const untilOf = async ({ generation }: Rig, relation: string): Promise<number> =>
  (
    await db
      .selectFrom('secumon.rollups')
      .select('until')
      .where('projection', '=', generation.projection)
      .where('relation', '=', relation)
      .executeTakeFirst()
  )?.until ?? 0

/** An observation of which parts are missing, as `which` says. */
function partOf(atMs: number, seed: number, which: number): ObservationInit {
  const { host, temperatures, filesystems, blockDevices, networks, ...rest } = observation(atMs, seed)
  const few = { cpuUsagePercent: host.cpuUsagePercent, memoryUsedBytes: host.memoryUsedBytes }
  return {
    ...rest,
    intervalMs: [10_000, 1_000, 60_000, 0][seed % 4] ?? 10_000,
    ...(which & 1 ? { host: which & 2 ? host : few, temperatures } : {}),
    ...(which & 4 ? { filesystems, blockDevices } : {}),
    ...(which & 8 ? { networks } : {}),
  }
}

type Arriving = {
  readonly agent: number
  readonly atMs: number
  readonly which: number
  readonly lateMs: number
}

const arriving: fc.Arbitrary<Arriving> = fc.record({
  agent: fc.integer({ min: 0, max: 2 }),
  atMs: fc.integer({ min: NOON - 20 * HOUR_MS, max: NOON }),
  which: fc.integer({ min: 1, max: 15 }),
  lateMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * DAY_MS }) },
  ),
})

const history = fc.record({
  arrivals: fc.array(arriving, { minLength: 30, maxLength: 90 }),
  cuts: fc.array(fc.nat(90), { minLength: 2, maxLength: 4 }),
  maxMessages: fc.integer({ min: 1, max: 40 }),
  again: fc.nat(20),
})

test('rollups are what their rows come to, however these arrive and whenever somebody refreshes', async () => {
  const property = fc.asyncProperty(history, async ({ arrivals, cuts, maxMessages, again }) => {
    const made = await rig()
    const lanes = [1, 2, 3].map((number) => new RecordedLane(agentId(number)))
    const ordered = arrivals.toSorted((a, b) => a.atMs + a.lateMs - (b.atMs + b.lateMs))
    const messages = ordered.flatMap(({ agent, atMs, which, lateMs }, i) =>
      (lanes[agent] ? [lanes[agent]] : []).map((lane) => ({
        nowMs: atMs + lateMs,
        message: lane.frame({ receivedAtMs: atMs + lateMs }, partOf(atMs, i, which)),
      })),
    )
    const places = [...new Set(cuts.map((cut) => Math.min(cut, messages.length)))].toSorted((a, b) => a - b)
    let from = 0
    for (const to of [...places, messages.length]) {
      const part = messages.slice(from, to)
      const redelivered = messages.slice(Math.max(0, from - again), from)
      // One beside the other.
      const refreshing = made.refresh((messages[Math.max(0, to - 1)]?.nowMs ?? 0) + 10 * MINUTE_MS)
      await made.take(
        [...redelivered, ...part].map(({ message }) => message),
        maxMessages,
      )
      await refreshing
      await made.refresh(part.at(-1)?.nowMs ?? NOON)
      from = to
    }
    await made.refresh(NOON + 4 * DAY_MS)
    assert.ok((await isRight(made)) > 0)
    assert.equal(await untilOf(made, 'metrics_1hour'), NOON + 4 * DAY_MS - HOUR_MS)
  })
  await fc.assert(property, { numRuns: 2, endOnFailure: true })
})

/** Frames of one agent, ten minutes of them from a time on. */
function tenMinutes(lane: RecordedLane, fromMs: number, receivedAtMs = fromMs): Appended[] {
  return Array.from({ length: 10 }, (_, i) =>
    lane.frame(
      { receivedAtMs: receivedAtMs + i * MINUTE_MS },
      observation(fromMs + i * MINUTE_MS, i),
      observation(fromMs + i * MINUTE_MS + 10_000, i + 3),
    ),
  )
}

const contentOf = async ({ generation }: Rig): Promise<unknown> =>
  Promise.all(
    ROLLUPS.map(async ({ name, names }) => {
      const table = sql.table(`${generation.schema}.${name}`)
      const order = sql.join(['time', 'agent_id', ...names].map((column) => sql.ref(column)))
      return (await sql`select * from ${table} order by ${order}`.execute(db)).rows
    }),
  )

test('what comes after its day was dropped changes nothing that was made, and is counted', async () => {
  const made = await rig()
  const lane = new RecordedLane(agentId(1))
  await made.take([...tenMinutes(lane, NOON - DAY_MS), ...tenMinutes(lane, NOON)])
  await made.refresh(NOON + DAY_MS)
  const { schema } = made.generation
  const floorMs = Math.floor(NOON / DAY_MS) * DAY_MS
  for (const table of new Set(ROLLUPS.map((rollup) => rollup.table))) {
    const feeds = ROLLUPS.filter(({ source }) => source === table).map(({ name }) => name)
    const raised = await raiseFloor(db, made.generation, { relation: table, feeds, wantedMs: floorMs })
    assert.deepEqual(raised, { floorMs, isHigher: true })
    await dropDaysBefore(db, { schema, table, beforeMs: floorMs })
  }
  const before = await contentOf(made)
  await made.take(tenMinutes(lane, NOON - DAY_MS, NOON + DAY_MS))
  const { tooLate, remade } = await made.refresh(NOON + DAY_MS)
  assert.ok(tooLate > 0)
  assert.equal(remade, 0)
  assert.deepEqual(await contentOf(made), before)
  const counted = await sql<{ n: number }>`select sum(late_rows)::int as n from secumon.floors
    where projection = ${made.generation.projection}`.execute(db)
  assert.equal(counted.rows[0]?.n, tooLate)

  await made.take(tenMinutes(lane, NOON + HOUR_MS, NOON + DAY_MS))
  assert.ok((await made.refresh(NOON + DAY_MS)).remade > 0)
  await assertRollupsAreRight({ db: untyped(db), generation: made.generation, fromMs: floorMs })
})

test('a bucket of a day that is packed is made again of packs and rows', async () => {
  const made = await rig()
  const lane = new RecordedLane(agentId(1))
  await made.take(tenMinutes(lane, NOON))
  await made.refresh(NOON + DAY_MS)
  const { schema } = made.generation
  const [day, agents] = [Math.floor(NOON / DAY_MS), [ulidToUuid(agentId(1))]]
  for (const { table } of SAMPLE_TABLES) {
    const shape = await packedShape(db, schema, table)
    assert.ok(shape)
    await db.transaction().execute((tx) => packDay(tx, { schema, shape, day, agents }))
  }
  await made.take(tenMinutes(lane, NOON + 5 * MINUTE_MS + 1, NOON + DAY_MS))
  assert.ok((await made.refresh(NOON + DAY_MS)).remade > 0)
  await assertRollupsAreRight({ db: untyped(db), generation: { schema, packed: true } })
})

test('two who refresh at once, and one who is shot at any moment, make the same', async () => {
  const made = await rig()
  const lanes = [1, 2, 3].map((number) => new RecordedLane(agentId(number)))
  for (let hour = 0; hour < 6; hour++) {
    const atMs = NOON + hour * HOUR_MS
    // Of the second agent everything comes an hour late.
    const late = hour > 0 && lanes[1] ? tenMinutes(lanes[1], atMs - HOUR_MS, atMs) : []
    const taking = made.take([...(lanes[0] ? tenMinutes(lanes[0], atMs) : []), ...late])
    const nowMs = atMs + 20 * MINUTE_MS
    const abort = new AbortController()
    const refreshing = [made.refresh(nowMs), made.refresh(nowMs, abort.signal), made.refresh(nowMs)]
    const settled = Promise.allSettled(refreshing)
    await shootOne()
    abort.abort()
    await Promise.all([taking, settled])
  }
  await made.refresh(NOON + DAY_MS)
  assert.ok((await isRight(made)) > 0)
})

// Whoever makes buckets just now loses its connection.
async function shootOne(): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and datname = current_database()
      and query ~ 'date_bin|rollup_dirty where ctid|update secumon.rollups' limit 1`.execute(db)
}

test('a clock that was wrong leads nobody astray for long', async () => {
  const made = await rig()
  const lane = new RecordedLane(agentId(1))
  await made.take(tenMinutes(lane, NOON))
  await made.refresh(NOON + 1_000 * DAY_MS)
  assert.equal(await untilOf(made, 'metrics_5min'), NOON + 1_000 * DAY_MS - 5 * MINUTE_MS)
  // Ahead of the present everything is late, and right.
  await made.take(tenMinutes(lane, NOON + HOUR_MS))
  await made.refresh(NOON + 2 * HOUR_MS)
  await isRight(made)
  assert.ok((await untilOf(made, 'metrics_5min')) <= NOON + 2 * HOUR_MS)
  await made.refresh(NOON - 500 * DAY_MS)
  await made.take(tenMinutes(lane, NOON + 3 * HOUR_MS))
  await made.refresh(NOON + 5 * HOUR_MS)
  await isRight(made)
  assert.ok((await untilOf(made, 'metrics_5min')) > NOON + 4 * HOUR_MS)
})
