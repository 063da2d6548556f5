import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import type { Reading } from './collector.ts'
import { createCpuCollector, parseCpuTimes } from './cpu.ts'

test('the first reading has nothing to compare with', async (t) => {
  assert.deepEqual(await createCpuCollector(hostTree(t, SERVER)).collect(momentAt(0)), {})
})

test('shares are of the time that passed; guest time is inside user time already', async (t) => {
  const tree = hostTree(t, SERVER)
  const collector = createCpuCollector(tree)
  await collector.collect(momentAt(0))
  // +30 user of which 20 guest, +10 nice, +20 system, +100 idle, +20 iowait, +5 irq, +5 softirq, +10 steal: 200
  tree.write({
    'proc/stat': 'cpu  1030 110 520 8100 220 55 55 110 60 10\ncpu0 515 55 260 4050 110 28 28 55 30 5\n',
  })
  const { host } = await collector.collect(momentAt(10))
  assert.deepEqual(rounded(host), {
    cpuUsagePercent: 40,
    cpuUserPercent: 20,
    cpuSystemPercent: 15,
    cpuIowaitPercent: 10,
    cpuStealPercent: 5,
    cpuIdlePercent: 50,
    cpuCoreBusyPercent: [40.6],
  })
})

test('a kernel without steal, and idle corrected downwards, give numbers from 0 to 100', async (t) => {
  const tree = hostTree(t, CONTAINER)
  const collector = createCpuCollector(tree)
  await collector.collect(momentAt(0))
  tree.write({ 'proc/stat': 'cpu  1100 100 500 7990 200 50 50\ncpu0 1100 100 500 7990 200 50 50\n' })
  const { host } = await collector.collect(momentAt(10))
  assert.equal(host?.cpuUsagePercent, 100)
  assert.equal(host?.cpuStealPercent, 0)
})

test('two readings in the same instant have no shares', async (t) => {
  const collector = createCpuCollector(hostTree(t, SERVER))
  await collector.collect(momentAt(0))
  assert.deepEqual(await collector.collect(momentAt(0)), { host: { cpuCoreBusyPercent: [0, 0] } })
})

test('a file without a cpu line is an error that says so', () => {
  assert.throws(() => parseCpuTimes('intr 1 2 3\n'), /no cpu line/)
  assert.throws(() => parseCpuTimes('cpu  1 2 three 4\n'), /no cpu line/)
})

function rounded(host: Reading['host']): Record<string, unknown> {
  const round = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(round) : typeof value === 'number' ? Math.round(value * 10) / 10 : value
  return Object.fromEntries(Object.entries(host ?? {}).map(([key, value]) => [key, round(value)]))
}
