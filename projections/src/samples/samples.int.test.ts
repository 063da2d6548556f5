import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CUSTOM_COLUMNS } from '@secumon/contracts/custom-metrics'
import { METRICS } from '@secumon/contracts/metrics'
import { unnestRows } from '@secumon/infra/database/unnest-rows'
import {
  createPartition,
  dropDaysBefore,
  listPartitions,
  makeDaysAhead,
  partitionName,
} from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { listDeadLetters } from '../dead-letters.ts'
import { ensureGeneration } from '../generations.ts'
import { liveSchema } from '../live-generation.ts'
import type { Projector } from '../projector.ts'
import { laws } from '../testing/laws.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog, type Appended } from '../testing/memory-log.ts'
import { agentId, RecordedLane, tick, type ObservationInit } from '../testing/recorded.ts'
import { STREAM, testDatabase } from '../testing/recorder.ts'
import { dayOfMs } from './day-partitions.ts'
import { HOSTILE } from './hostile.fixture.ts'
import { samplesProjector } from './project.ts'
import { CHECKS, observation } from './samples.fixture.ts'
import { SAMPLE_TABLES } from './tables.ts'

const DAY = 24 * 3_600_000
const NOW = Date.now()
after(stopLoops)
const db = await testDatabase({ after })

async function dump(schema: string): Promise<unknown> {
  const tables = await Promise.all(
    SAMPLE_TABLES.map(async ({ table, columns }) => {
      const order = columns.map(({ name }) => sql.ref(name))
      const { rows } =
        await sql`select ${sql.join(order)} from ${sql.table(`${schema}.${table}`)} order by ${sql.join(order)}`.execute(
          db,
        )
      return [table, rows]
    }),
  )
  return Object.fromEntries(tables)
}

/** Two agents for three hours around midnight, five days ago; the second's records apart. */
function history(): { both: Appended[]; first: Appended[]; second: Appended[] } {
  const [a, b] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
  const from = (dayOfMs(NOW) - 5) * DAY - 2 * 3_600_000
  const [first, second, both]: [Appended[], Appended[], Appended[]] = [[], [], []]
  for (let i = 0; i < 12; i++) {
    const atMs = from + i * 15 * 60_000
    first.push(
      a.frame({ receivedAtMs: atMs + 40 }, observation(atMs, i), observation(atMs + 10_000, i + 100)),
    )
    second.push(b.frame({ receivedAtMs: atMs + 50 }, observation(atMs + 3, i + 200)))
    both.push(...first.slice(-1), tick(atMs), ...second.slice(-1))
  }
  return { both, first, second }
}

const { both, first, second } = history()
laws({
  db,
  stream: STREAM,
  projector: samplesProjector,
  history: both,
  backfilled: [...first, ...second],
  dump,
})

let projections = 0
const ofItsOwn = (projector = samplesProjector()): Projector => ({
  ...projector,
  name: `samples-${++projections}`,
})

async function projected(messages: readonly Appended[], projector: Projector = samplesProjector()) {
  const made = ofItsOwn(projector)
  const log = new MemoryLog()
  log.append(STREAM, ...messages)
  const loop = startLoop({ projector: made, log, db })
  await loop.reached(messages.length)
  await loop.stop()
  const schema = await liveSchema(db, made.name)
  return {
    schema,
    letters: await listDeadLetters(db, { projection: made.name, limit: 1_000 }),
  }
}

const one = (content: ObservationInit, arrival = { receivedAtMs: NOW }) =>
  new RecordedLane(agentId(1)).frame(arrival, content)

test('every metric of the catalogue has its column, and every column but keys and names its metric', async () => {
  const { schema } = await ensureGeneration(db, ofItsOwn())
  const { rows } = await sql<{ place: string }>`select table_name || '.' || column_name as place
    from information_schema.columns where table_schema = ${schema} and table_name = any(${SAMPLE_TABLES.map((t) => t.table)})`.execute(
    db,
  )
  const keys =
    /\.(tenant_id|agent_id|time|interval_ms|clock_corrected|mount|device|type|interface|pid|name|user_name|temperature_sensor|check_id|metric|labels)$/
  const columns = rows.map(({ place }) => place).filter((place) => !keys.test(place))
  const catalogue: string[] = METRICS.map(({ table, column }) => `${table}.${column}`)
  catalogue.push(...Object.values(CUSTOM_COLUMNS).map((column) => `custom_metrics.${column}`))
  assert.deepEqual(columns.toSorted(), catalogue.toSorted())
})

test('both ways of writing give the same rows, and every value is where it belongs', async () => {
  const copied = await projected([one(observation(NOW, 7))])
  const inserted = await projected([one(observation(NOW, 7))], samplesProjector({ writeRows: unnestRows }))
  const rows = await dump(copied.schema)
  assert.deepEqual(await dump(inserted.schema), rows)
  const named = rows as Record<string, Record<string, unknown>[]>
  const { metrics, disk_metrics, network_metrics, process_metrics, check_metrics, custom_metrics } = named
  const [host] = metrics ?? []
  assert.partialDeepStrictEqual(host, {
    time: NOW,
    tenant_id: 'main',
    interval_ms: 10_000,
    clock_corrected: false,
    cpu_usage_percent: 17,
    memory_used_bytes: 2 ** 30 + 7,
    system_uptime_seconds: 1007.5,
    systemd_failed_units: 1,
    cpu_core_busy_percent: [7, 50],
    temperature_sensor: ['cpu', 'nvme "0"'],
    temperature_celsius: [55.5, -4.5],
  })
  assert.equal(Object.values(host ?? {}).filter((value) => value === null).length, 0)
  assert.partialDeepStrictEqual(
    disk_metrics?.find(({ mount }) => mount === '/'),
    { device: '/dev/sda1', type: 'ext4', used_bytes: 4e11 + 7, read_bytes: null },
  )
  assert.partialDeepStrictEqual(
    disk_metrics?.find(({ mount }) => mount === null),
    { device: 'sda', read_bytes: 7168, await_ms: 0.75 },
  )
  assert.partialDeepStrictEqual(
    network_metrics?.find((row) => row.interface === 'eth0'),
    { receive_bytes: 7000, receive_drops: 1 },
  )
  assert.partialDeepStrictEqual(
    process_metrics?.find(({ pid }) => pid === 4242),
    { name: 'node', user_name: 'secumon', cpu_percent: 127 },
  )
  assert.equal(check_metrics?.length, 3)
  assert.partialDeepStrictEqual(
    check_metrics?.find((row) => row['check_id'] === CHECKS.port),
    { interval_ms: 60_000, up_percent: 0, duration_ms: 27, loss_percent: 7, first_byte_ms: null },
  )
  assert.partialDeepStrictEqual(
    check_metrics?.find((row) => row['check_id'] === CHECKS.page),
    { interval_ms: 30_000, first_byte_ms: 80.25, certificate_days_left: 60.5, loss_percent: null },
  )
  assert.equal(custom_metrics?.length, 4)
  assert.partialDeepStrictEqual(
    custom_metrics?.find((row) => row['labels'] === ''),
    { interval_ms: 60_000, metric: 'queue_length', value: 7 / 8, gained: null },
  )
  assert.partialDeepStrictEqual(
    custom_metrics?.find((row) => row['labels'] === 'code="200"'),
    { metric: 'requests_total', value: null, gained: 71.75 },
  )
})

test('a clock that is off is corrected and marked; an impossible time becomes the arrival', async () => {
  const lane = new RecordedLane(agentId(1))
  const receivedAtMs = NOW
  const { schema } = await projected([
    lane.frame({ receivedAtMs, clockOffsetMs: 4_000 }, { atMs: BigInt(NOW - 4_000), host: {} }),
    lane.frame({ receivedAtMs, clockOffsetMs: 60_000 }, { atMs: BigInt(NOW - 61_000), host: {} }),
    lane.frame({ receivedAtMs }, { atMs: 5n, host: {} }),
    lane.frame({ receivedAtMs }, { atMs: BigInt(NOW + 2 * DAY), host: {} }),
  ])
  const { rows } = await sql<{ time: number; clock_corrected: boolean }>`
    select time, clock_corrected from ${sql.table(`${schema}.metrics`)} order by time, clock_corrected`.execute(
    db,
  )
  assert.deepEqual(
    rows.map((row) => [row.time - NOW, row.clock_corrected]),
    [
      [-4_000, false],
      [-1_000, true],
      [0, true],
      [0, true],
    ],
  )
})

test('late rows make their own day; what is past retention on arrival is not stored', async () => {
  const lane = new RecordedLane(agentId(1))
  const late = NOW - 20 * DAY
  const { schema, letters } = await projected([
    lane.frame({ receivedAtMs: NOW }, { atMs: BigInt(late), host: {} }),
    lane.frame({ receivedAtMs: NOW }, { atMs: BigInt(NOW - 31 * DAY), host: {} }),
  ])
  const partition = `${schema}.${partitionName({ table: 'metrics', day: dayOfMs(late) })}`
  const { rows } = await sql`select 1 from ${sql.table(partition)}`.execute(db)
  assert.equal(rows.length, 1)
  assert.deepEqual(letters, [])
  assert.deepEqual(((await dump(schema)) as { metrics: unknown[] }).metrics.length, 1)
})

test('days past the retention are dropped and days ahead are made, however often one asks', async () => {
  const { schema } = await ensureGeneration(db, ofItsOwn())
  const today = dayOfMs(NOW)
  await createPartition(db, { schema, table: 'metrics', day: today - 31 })
  await createPartition(db, { schema, table: 'metrics', day: today - 30 })
  const nowMs = NOW + DAY
  await makeDaysAhead(db, { schema, nowMs })
  const drop = (keptDays: number) =>
    dropDaysBefore(db, { schema, table: 'metrics', beforeMs: (dayOfMs(nowMs) - keptDays) * DAY })
  assert.deepEqual(await drop(32), [])
  const dropped = await drop(30)
  assert.deepEqual(
    dropped.toSorted(),
    [-31, -30].map((d) => partitionName({ table: 'metrics', day: today + d })),
  )
  const days = (await listPartitions(db, schema)).get('metrics')
  assert.deepEqual(
    days?.toSorted((a, b) => a - b),
    [-1, 0, 1, 2, 3].map((d) => today + d),
  )
  assert.deepEqual(await makeDaysAhead(db, { schema, nowMs }), [])
  assert.deepEqual(await drop(30), [])
})

test('a day that was dropped behind the projector’s back is made again, nothing becomes a dead letter', async () => {
  const made = ofItsOwn()
  const log = new MemoryLog()
  const lane = new RecordedLane(agentId(1))
  const atMs = BigInt(NOW - 10 * DAY)
  log.append(STREAM, lane.frame({ receivedAtMs: NOW }, { atMs, host: {} }))
  const loop = startLoop({ projector: made, log, db })
  await loop.reached(1)
  const schema = await liveSchema(db, made.name)
  await dropDaysBefore(db, { schema, table: 'metrics', beforeMs: NOW - 5 * DAY })
  log.append(STREAM, lane.frame({ receivedAtMs: NOW }, { atMs, host: {} }))
  await loop.reached(2)
  await loop.stop()
  assert.equal(((await dump(schema)) as { metrics: unknown[] }).metrics.length, 1)
})

test('what a host signed but no column can hold becomes a dead letter, each for itself, and good frames pass', async () => {
  const good = new RecordedLane(agentId(100))
  const messages = HOSTILE.flatMap(([, content], i) => [
    new RecordedLane(agentId(i)).frame({ receivedAtMs: NOW }, { atMs: BigInt(NOW), ...content }),
    good.frame({ receivedAtMs: NOW }, observation(NOW + i, i)),
  ])
  const many = good.frame({ receivedAtMs: NOW }, ...Array.from({ length: 601 }, () => ({ host: {} })))
  const { schema, letters } = await projected([...messages, many])
  assert.equal(letters.length, HOSTILE.length + 1)
  assert.ok(
    letters.every(({ error }) => error.startsWith('InvalidSample: ')),
    JSON.stringify(letters),
  )
  assert.equal(((await dump(schema)) as { metrics: unknown[] }).metrics.length, HOSTILE.length)
})
