import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { SERVER } from '../testing/hosts.ts'
import { HOST_ROOTS } from './collector.ts'
import { parseProcessStat } from './process-stat.ts'
import { createProcessesCollector } from './processes.ts'

type Process = { pid: number; name?: string; ticks: number; start?: number; rss?: number }

const stat = ({ pid, name = 'x', ticks, start = 5, rss = 10 }: Process) => ({
  [`proc/${pid}/stat`]: `${pid} (${name}) S 0 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} 100000 ${rss} 1 2 3`,
})

test('the second reading lists by CPU, then memory; then the list waits for its period', async (t) => {
  const tree = hostTree(t, {
    ...SERVER,
    ...stat({ pid: 7, ticks: 100 }),
    ...stat({ pid: 8, ticks: 100, rss: 99 }),
  })
  const collector = createProcessesCollector(tree)
  assert.deepEqual(await collector.collect(momentAt(0)), { host: { systemProcesses: 3 } })
  tree.write(stat({ pid: 7, ticks: 600, name: 'busy (very) :)' }))
  const { processes } = await collector.collect(momentAt(10))
  assert.deepEqual(processes?.pid, [7, 1, 8])
  assert.deepEqual(processes?.name, ['busy (very) :)', 'systemd', 'x'])
  assert.deepEqual(processes?.cpuPercent, [50, 0, 0])
  assert.deepEqual(processes?.rssBytes, [10 * 4096, 2500 * 4096, 99 * 4096])
  assert.deepEqual(processes?.user, Array(3).fill('root'), 'the owner of the directory, named by etc/passwd')
  for (const seconds of [20, 30, 40, 50, 60])
    assert.equal((await collector.collect(momentAt(seconds))).processes, undefined, `at ${seconds} s`)
  assert.notEqual((await collector.collect(momentAt(69))).processes, undefined, 'a little early is on time')
})

test('a pid that belongs to another process now does not inherit its time', async (t) => {
  const tree = hostTree(t, { ...SERVER, ...stat({ pid: 7, ticks: 500, start: 5 }) })
  const collector = createProcessesCollector(tree)
  await collector.collect(momentAt(0))
  tree.write(stat({ pid: 7, ticks: 20, start: 900 }))
  const { processes } = await collector.collect(momentAt(10))
  assert.deepEqual([processes?.pid?.[0], processes?.cpuPercent?.[0]], [7, 2])
})

test('no more than configured are listed', async (t) => {
  const many = Object.assign({}, ...Array.from({ length: 50 }, (_, i) => stat({ pid: 100 + i, ticks: i })))
  const collector = createProcessesCollector(hostTree(t, { ...SERVER, ...many }))
  await collector.collect({ ...momentAt(0), processCount: 3 })
  const { host, processes } = await collector.collect({ ...momentAt(10), processCount: 3 })
  assert.equal(processes?.pid?.length, 3)
  assert.equal(host?.systemProcesses, 51)
})

test('a process whose files are gone or unreadable is passed over', async (t) => {
  const collector = createProcessesCollector(
    hostTree(t, { ...SERVER, 'proc/77/stat': 'nonsense', 'proc/78/x': '' }),
  )
  await collector.collect(momentAt(0))
  const { processes } = await collector.collect(momentAt(10))
  assert.deepEqual(processes?.pid, [1])
})

test('on this machine a process that burns a core is seen burning it', async () => {
  const collector = createProcessesCollector({ roots: HOST_ROOTS, agentVersion: '' })
  const startMs = performance.now()
  const at = () => ({ ...momentAt(0), monotonicMs: performance.now() - startMs, processCount: 100 })
  await collector.collect(at())
  const before = process.cpuUsage()
  while (process.cpuUsage(before).user < 200_000) JSON.stringify(before)
  const { processes } = await collector.collect(at())
  const i = processes?.pid?.indexOf(process.pid) ?? -1
  const shareSeconds = ((processes?.cpuPercent?.[i] ?? 0) / 100) * ((performance.now() - startMs) / 1000)
  assert.ok(shareSeconds > 0.15 && shareSeconds < 2, `CPU seconds seen: ${shareSeconds}`)
  assert.ok((processes?.rssBytes?.[i] ?? 0) > 10e6)
})

test('lines that are not of /proc/[pid]/stat are nothing', () => {
  for (const line of ['', '1 (a', '1 a) S', '1 (a) S 0 1', ')1 (a'])
    assert.equal(parseProcessStat(line), undefined, line)
})
