import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { METRICS } from '@secumon/contracts/metrics'
import { untyped } from '@secumon/infra/database/database'
import { tenantScope } from '../tenant-scope.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { STREAM, testDatabase } from '../testing/recorder.ts'
import { samplesProjector } from './project.ts'
import { querySeries, type SeriesRequest } from './queries.ts'
import { latestRows } from './queries/latest-rows.ts'
import { observation } from './samples.fixture.ts'

const SCOPE = tenantScope('main')
const AGENT = agentId(1)
const MINUTE = 60_000
const T0 = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE

after(stopLoops)
const db = await testDatabase({ after })

// Six observations a minute for ten minutes; the fourth and fifth minute are missing. Ticks are a little late.
before(async () => {
  const lane = new RecordedLane(AGENT)
  const stranger = new RecordedLane(agentId(2), 'other')
  const log = new MemoryLog()
  for (let i = 0; i < 60; i++) {
    const minute = Math.floor(i / 6)
    if (minute === 3 || minute === 4) continue
    const atMs = T0 + i * 10_000 + (i % 2) * 40
    log.append(STREAM, lane.frame({ receivedAtMs: atMs }, numbered(atMs, i)))
    log.append(STREAM, stranger.frame({ receivedAtMs: atMs }, observation(atMs, 1)))
  }
  const loop = startLoop({ projector: samplesProjector(), log, db })
  await loop.reached(96)
  await loop.stop()
})

const ask = (request: Partial<SeriesRequest>, scope = SCOPE) =>
  querySeries(db, scope, {
    agent: AGENT,
    keys: [],
    fromMs: T0,
    toMs: T0 + 10 * MINUTE,
    stepMs: MINUTE,
    ...request,
  })

test('averages come with their band, aligned times, and gaps stay gaps', async () => {
  const { times, series, source } = await ask({ keys: ['cpu.usage_percent', 'memory.used_bytes'] })
  assert.equal(source, 'metrics')
  assert.deepEqual(
    times,
    Array.from({ length: 10 }, (_, i) => T0 + i * MINUTE),
  )
  assert.deepEqual(
    series.map(({ key, unit, aggregation, name }) => [key, unit, aggregation, name]),
    [
      ['cpu.usage_percent', 'percent', 'avg', null],
      ['memory.used_bytes', 'bytes', 'avg', null],
    ],
  )
  assert.deepEqual(series[0]?.values, [2.5, 8.5, 14.5, null, null, 32.5, 38.5, 44.5, 50.5, 56.5])
  assert.deepEqual(series[0]?.min, [0, 6, 12, null, null, 30, 36, 42, 48, 54])
  assert.deepEqual(series[0]?.max, [5, 11, 17, null, null, 35, 41, 47, 53, 59])
  assert.equal(series[1]?.values[0], 1_000_000_003)
})

test('a step as narrow as the interval shows no gap where rows come a little late, and has no band', async () => {
  const { series } = await ask({ keys: ['cpu.usage_percent'], stepMs: 10_000 })
  const [cpu] = series
  assert.equal(cpu?.min, undefined)
  assert.deepEqual(
    cpu?.values.slice(0, 18),
    Array.from({ length: 18 }, (_, i) => i),
  )
  assert.deepEqual(
    cpu?.values.slice(18, 29),
    Array.from({ length: 11 }, () => null),
  )
  const late = await ask({ keys: ['cpu.usage_percent'], stepMs: 10_000, fromMs: T0 + 20, toMs: T0 + MINUTE })
  assert.equal(late.times[0], T0)
})

test('deltas become rates, or sums when asked', async () => {
  const keys = ['network.receive_bytes'] as const
  const rates = await ask({ keys })
  assert.deepEqual(
    rates.series.map(({ name, aggregation, values }) => [name, aggregation, values[0]]),
    [
      ['eth0', 'rate', 350],
      ['lo', 'rate', 1],
    ],
  )
  const sums = await ask({ keys, aggregation: 'sum', dimension: 'eth0' })
  assert.deepEqual(
    sums.series.map(({ name, values }) => [name, values[0]]),
    [['eth0', 21_000]],
  )
  const highest = await ask({ keys, aggregation: 'max', dimension: 'eth0' })
  assert.equal(highest.series[0]?.values[0], 600)
})

test('min, max and last are what they say', async () => {
  for (const [aggregation, value] of [
    ['min', 0],
    ['max', 5],
    ['last', 5],
  ] as const) {
    const { series } = await ask({ keys: ['cpu.usage_percent'], aggregation })
    assert.equal(series[0]?.values[0], value, aggregation)
  }
})

test('cores and sensors are taken out of their arrays', async () => {
  const { series } = await ask({
    keys: ['cpu.core_busy_percent', 'temperature.celsius'],
    stepMs: 10 * MINUTE,
    fromMs: T0,
  })
  assert.deepEqual(
    series.map(({ key, name }) => [key, name]),
    [
      ['cpu.core_busy_percent', '0'],
      ['cpu.core_busy_percent', '1'],
      ['temperature.celsius', 'cpu'],
      ['temperature.celsius', 'nvme "0"'],
    ],
  )
})

test('file systems and block devices are told apart', async () => {
  const { series } = await ask({ keys: ['disk.usage_percent', 'disk.read_bytes', 'disk.await_ms'] })
  assert.deepEqual(
    series.map(({ key, name }) => [key, name]),
    [
      ['disk.usage_percent', '/'],
      ['disk.usage_percent', '/srv/é\\'],
      ['disk.read_bytes', 'sda'],
      ['disk.await_ms', 'sda'],
    ],
  )
})

test('processes are the top ten by what was asked first', async () => {
  const cpu = await ask({ keys: ['process.cpu_percent', 'process.rss_bytes'] })
  const names = cpu.series.filter(({ key }) => key === 'process.cpu_percent').map(({ name }) => name)
  assert.equal(names.length, 10)
  assert.ok(names.includes('p14 (15)') && !names.includes('p4 (5)'))
  const memory = await ask({ keys: ['process.rss_bytes'] })
  assert.ok(memory.series.some(({ name }) => name === 'p0 (1)'))
})

test('every metric of the catalogue can be asked for, with every aggregation', async () => {
  const keys = METRICS.map(({ key }) => key)
  for (const aggregation of ['avg', 'min', 'max', 'last', 'sum', 'rate', undefined] as const) {
    const { series } = await ask({ keys, ...(aggregation && { aggregation }) })
    assert.deepEqual(new Set(series.map(({ key }) => key)), new Set(keys))
  }
})

test('nobody sees another tenant’s agent, not even its names', async () => {
  const keys = ['cpu.usage_percent', 'network.receive_bytes'] as const
  const { series } = await ask({ keys, agent: agentId(2) })
  assert.deepEqual(
    series.map(({ name, values }) => [name, values.filter((value) => value !== null)]),
    [[null, []]],
  )
  const own = await ask({ keys, agent: agentId(2) }, tenantScope('other'))
  assert.equal(own.series.length, 3)
  assert.equal((await latestRows(db, SCOPE, agentId(2))).metrics, undefined)
})

test('a name is a value, never a part of the statement', async () => {
  const { series } = await ask({ keys: ['network.receive_bytes'], dimension: "eth0' or '1'='1" })
  assert.deepEqual(series, [])
})

test('the latest rows are those of the last tick, with times in milliseconds', async () => {
  const latest = await latestRows(db, SCOPE, AGENT)
  assert.partialDeepStrictEqual(latest.metrics, { cpu_usage_percent: 59, time: T0 + 590_040 })
  assert.deepEqual([latest.disks.length, latest.networks.length, latest.processes.length], [3, 2, 15])
  assert.deepEqual(await latestRows(untyped(db), SCOPE, AGENT), latest)
})

function numbered(atMs: number, i: number) {
  return {
    ...observation(atMs, i),
    host: { cpuUsagePercent: i, memoryUsedBytes: 1e9 + i, cpuCoreBusyPercent: [i, 2 * i] },
    networks: { interface: ['eth0', 'lo'], receiveBytes: [1_000 * (i + 1), 10] },
    processes: {
      pid: Array.from({ length: 15 }, (_, n) => n + 1),
      name: Array.from({ length: 15 }, (_, n) => `p${n}`),
      user: Array.from({ length: 15 }, () => 'root'),
      cpuPercent: Array.from({ length: 15 }, (_, n) => n),
      rssBytes: Array.from({ length: 15 }, (_, n) => 1e6 * (100 - n)),
    },
  }
}
