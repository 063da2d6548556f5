import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBinary } from '@bufbuild/protobuf'
import { HOST_METRICS, type Metric } from '@secumon/contracts/metrics'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import { countValues, metricValues } from './count-values.ts'
import { SIMULATED_CUSTOM, simulatedCustom } from './simulated-custom.ts'
import { createSimulatedHost } from './simulated-host.ts'
import { SIMULATED_VALUES, simulatedObservation } from './simulated-observation.ts'

const START_MS = Date.UTC(2026, 10, 2)
const PERIOD_MS = 10_000

function* life(seed: number, ticks: number, periodMs = PERIOD_MS): Generator<Observation> {
  const host = createSimulatedHost({ seed, periodMs })
  for (let tick = 0; tick < ticks; tick++)
    yield simulatedObservation(host, START_MS + tick * periodMs, tick === 0 ? 0 : periodMs)
}

test('every tick has 120 values, once a minute ten processes and what programs publish more', () => {
  const [first, ...ticks] = life(1, 61)
  assert.ok(first?.inventory)
  assert.equal(first.blockDevices, undefined, 'no deltas yet')
  const counts = ticks.map(countValues)
  const [firstOfMinute, ...others] = counts.filter((count) => count > SIMULATED_VALUES)
  assert.equal(firstOfMinute, SIMULATED_VALUES + 20 + SIMULATED_CUSTOM - 3, 'no deltas yet')
  assert.deepEqual(new Set(others), new Set([SIMULATED_VALUES + 20 + SIMULATED_CUSTOM]))
  assert.equal(counts.filter((count) => count > SIMULATED_VALUES).length, 10)
  assert.ok(ticks.every((tick) => tick.simulated && tick.inventory === undefined))
})

test('with no process period there are exactly 120, always', () => {
  const host = createSimulatedHost({ seed: 3, processPeriodMs: 0 })
  for (let tick = 0; tick < 50; tick++)
    assert.equal(countValues(simulatedObservation(host, START_MS, PERIOD_MS)), 120)
})

test('every metric of the catalogue is there', () => {
  const ticks = [...life(2, 10)]
  const absent = HOST_METRICS.filter((metric) =>
    ticks.every((tick) => metricValues(tick, metric).length === 0),
  )
  assert.deepEqual(absent, [])
})

test('programs publish levels and what counters gained since, once a minute', () => {
  const [first, second] = [...life(4, 20)].flatMap(({ custom }) => custom ?? [])
  assert.deepEqual([first?.intervalMs, second?.intervalMs], [0, 60_000])
  assert.deepEqual(first?.metric, ['backup_age_seconds', 'backup_size_bytes', 'mail_queue_length'])
  assert.deepEqual(second?.metric.at(-1), 'http_requests_total')
  assert.deepEqual(second?.counter, [false, false, false, true])
  assert.deepEqual(second?.metricIndex, [0, 1, 2, 3, 3, 3])
  assert.equal(second?.labels[3], 'code="200",site="www"')
  assert.equal((second?.value[0] ?? 0) - (first?.value[0] ?? 0), 60, 'a minute older')
})

test('nearly every night there is a backup, some nights not', () => {
  const hosts = [1, 2, 3].map((seed) => createSimulatedHost({ seed }))
  const ages = Array.from({ length: 60 * 24 }, (_, hour) =>
    hosts.flatMap((host) => simulatedCustom(host, START_MS + hour * 3_600_000).value[0] ?? []),
  ).flat()
  assert.ok(ages.every((seconds) => seconds >= 0 && Number.isInteger(seconds)))
  const late = ages.filter((seconds) => seconds > 86_400).length
  assert.ok(late > 0 && late < ages.length / 10, `${late} of ${ages.length}`)
})

test('the same seed lives the same life, another seed another', () => {
  const bytes = (seed: number) =>
    [...life(seed, 20)].map((tick) => Buffer.from(toBinary(ObservationSchema, tick)).toString('hex'))
  assert.deepEqual(bytes(7), bytes(7))
  assert.notDeepEqual(bytes(7), bytes(8))
})

test('over 120 days at one hour all values stay possible, hosts reboot and disks fill and are cleaned', () => {
  let reboots = 0
  for (const seed of [1, 2, 3]) {
    let uptime = 0
    for (const tick of life(seed, 120 * 24, 3_600_000)) {
      for (const metric of HOST_METRICS as readonly Metric[])
        for (const value of metricValues(tick, metric)) {
          if (!Number.isFinite(value) || value < 0) assert.fail(`${metric.key} is ${value}`)
          if (metric.unit === 'percent' && metric.dimension !== 'process' && value > 100)
            assert.fail(`${metric.key} is ${value}`)
        }
      if ((tick.host?.systemUptimeSeconds ?? 0) < uptime) reboots++
      uptime = tick.host?.systemUptimeSeconds ?? 0
    }
  }
  assert.ok(reboots > 0)
})

test('days are busier than nights', () => {
  const mean = (hour: number) => {
    const usages = Array.from({ length: 200 }, (_, seed) => {
      const host = createSimulatedHost({ seed })
      return simulatedObservation(host, START_MS + hour * 3_600_000, PERIOD_MS).host?.cpuUsagePercent ?? 0
    })
    return usages.reduce((sum, usage) => sum + usage, 0) / usages.length
  }
  assert.ok(mean(13) > mean(2) + 5)
})
