import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Observation } from '@secumon/contracts/gen/observation'
import { HOST_METRICS } from '@secumon/contracts/metrics'
import { createCollectors } from './collectors/registry.ts'
import type { Collector } from './collectors/collector.ts'
import { createSampler, type SamplerClock } from './sampler.ts'
import { metricValues } from './simulator/count-values.ts'
import { hostTree } from './testing/host-tree.ts'
import { CONTAINER, SERVER } from './testing/hosts.ts'

function steppedClock() {
  let ms = 1000
  let wallMs = 1_800_000_000_000
  const clock: SamplerClock = { nowMs: () => wallMs, monotonicMs: () => ms }
  return { clock, step: (byMs: number, wallByMs = byMs) => void ((ms += byMs), (wallMs += wallByMs)) }
}

const missing = (observation: Observation) =>
  HOST_METRICS.filter((metric) => metricValues(observation, metric).length === 0).map(({ key }) => key)

test('a server with everything fills every metric of the catalogue but systemd’s, which is not ours to ask here', async (t) => {
  const tree = hostTree(t, SERVER)
  const { clock, step } = steppedClock()
  const collectors = createCollectors({ agentVersion: '1.2.3', roots: tree.roots, platform: 'linux' })
  const sampler = createSampler({
    collectors: collectors.filter(({ name }) => name !== 'systemd-units'),
    clock,
  })
  const first = await sampler.sample()
  assert.equal(first.intervalMs, 0)
  assert.equal(first.networks, undefined)
  assert.equal(first.host?.cpuUsagePercent, undefined)
  assert.equal(first.inventory?.os, 'Debian GNU/Linux 13 (trixie)')
  tree.write({ 'proc/stat': 'cpu  2000 100 500 9000 200 50 50 100\ncpu0 2000 100 500 9000 200 50 50 100\n' })
  step(10_000)
  const second = await sampler.sample()
  assert.deepEqual(second.collectorFaults, [])
  assert.equal(second.intervalMs, 10_000)
  assert.equal(second.inventory, undefined)
  assert.deepEqual(missing(second), ['systemd.failed_units'])
})

test('a container on an old kernel has what it has, without a fault', async (t) => {
  const { clock, step } = steppedClock()
  const collectors = createCollectors({
    agentVersion: '1',
    roots: hostTree(t, CONTAINER).roots,
    platform: 'linux',
  })
  const sampler = createSampler({ collectors, clock })
  const first = await sampler.sample()
  step(10_000)
  const second = await sampler.sample()
  assert.deepEqual([first.collectorFaults, second.collectorFaults], [[], []])
  assert.equal(first.inventory?.virtualization, 'podman')
  assert.equal(second.temperatures, undefined)
  assert.equal(second.host?.systemUsers, undefined)
})

test('a host whose files are all missing still gives an observation, with a fault per collector that needs one', async (t) => {
  const { clock } = steppedClock()
  const collectors = createCollectors({ agentVersion: '1', roots: hostTree(t, {}).roots, platform: 'linux' })
  const observation = await createSampler({ collectors, clock }).sample()
  assert.deepEqual(
    observation.collectorFaults.map(({ collector }) => collector),
    ['cpu', 'load', 'memory', 'block-devices', 'networks', 'filesystems', 'processes', 'uptime', 'inventory'],
  )
})

test('a wall clock that is set back changes no interval', async () => {
  const { clock, step } = steppedClock()
  const sampler = createSampler({ collectors: [], clock, periodMs: 1000 })
  await sampler.sample()
  step(1000, -3_600_000)
  const { intervalMs, periodMs, atMs } = await sampler.sample()
  assert.deepEqual([intervalMs, periodMs, Number(atMs)], [1000, 1000, 1_800_000_000_000 - 3_600_000])
})

test('one failing collector leaves the others alone', async () => {
  const good: Collector = { name: 'good', collect: () => ({ host: { systemUsers: 2 } }) }
  const slow: Collector = { name: 'slow', collect: () => new Promise(() => {}) }
  const { clock } = steppedClock()
  const observation = await createSampler({ collectors: [slow, good], clock, timeoutMs: 5 }).sample()
  assert.equal(observation.host?.systemUsers, 2)
  assert.deepEqual(
    observation.collectorFaults.map(({ collector }) => collector),
    ['slow'],
  )
})

test('periods outside their limits are refused and change nothing', async () => {
  const { clock } = steppedClock()
  const sampler = createSampler({ collectors: [], clock })
  assert.throws(
    () => sampler.setPeriods({ periodMs: 5000, processCount: 0 }),
    /processCount must be .* from 1 to 100, not 0/,
  )
  assert.equal((await sampler.sample()).periodMs, 10_000)
  sampler.setPeriods({ periodMs: 5000 })
  assert.equal((await sampler.sample()).periodMs, 5000)
  assert.throws(() => createSampler({ collectors: [], clock, periodMs: 999 }), RangeError)
})

test('on this machine memory is what /proc says', { skip: process.platform !== 'linux' }, async () => {
  const { clock } = steppedClock()
  const sampler = createSampler({ collectors: createCollectors({ agentVersion: '1' }), clock })
  const observation = await sampler.sample()
  const total = Number(/MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
  assert.equal(observation.host?.memoryTotalBytes, total)
  assert.ok((observation.host?.systemProcesses ?? 0) > 1)
  assert.ok((observation.filesystems?.mount.length ?? 0) > 0)
})
