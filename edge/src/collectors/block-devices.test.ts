import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WRAP_32 } from '../counters.ts'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { createBlockDevicesCollector, parseDiskstats } from './block-devices.ts'

test('whole devices have deltas from the second reading on', async (t) => {
  const tree = hostTree(t, SERVER)
  const collector = createBlockDevicesCollector(tree)
  assert.deepEqual(await collector.collect(momentAt(0)), {})
  tree.write({
    'proc/diskstats': [
      ' 254 0 vda 1010 10 8080 550 2030 20 16160 1600 0 9000 2000 0 0 0 0',
      ' 254 1 vda1 1010 10 8080 550 2030 20 16160 1600 0 9000 2000 0 0 0 0',
    ].join('\n'),
  })
  assert.deepEqual(await collector.collect(momentAt(10)), {
    blockDevices: {
      device: ['vda'],
      readBytes: [80 * 512],
      writeBytes: [160 * 512],
      readOperations: [10],
      writeOperations: [30],
      busyPercent: [50],
      awaitMs: [150 / 40],
    },
  })
})

test('without /sys/block partitions are known by their names', async (t) => {
  const tree = hostTree(t, CONTAINER)
  const collector = createBlockDevicesCollector(tree)
  await collector.collect(momentAt(0))
  const { blockDevices } = await collector.collect(momentAt(10))
  assert.deepEqual(blockDevices?.device, ['sda'])
  assert.deepEqual(blockDevices?.awaitMs, [0], 'no operation, no time')
})

test('the busy time is a 32-bit counter on every kernel and wraps after 49 days', async (t) => {
  const line = (busyMs: number) => ({ 'proc/diskstats': `254 0 vda 1 0 1 1 1 0 1 1 0 ${busyMs} 1\n` })
  const tree = hostTree(t, { ...SERVER, ...line(WRAP_32 - 1000) })
  const collector = createBlockDevicesCollector(tree)
  await collector.collect(momentAt(0))
  tree.write(line(1500))
  const { blockDevices } = await collector.collect(momentAt(10))
  assert.deepEqual(blockDevices?.busyPercent, [25])
})

test('what is loop, memory, optical or stacked on other devices is not listed, nor lines of old kernels’ partitions', () => {
  const names = ['loop3', 'ram0', 'zram0', 'sr0', 'dm-2', 'md127', 'nvme0n1', 'xvda']
  const lines = names.map((name) => `1 1 ${name} 1 0 1 1 1 0 1 1 0 1 1`)
  const devices = parseDiskstats([...lines, '8 2 sda2 1 2 3 4', ''].join('\n'))
  assert.deepEqual(
    devices.map(([device]) => device),
    ['nvme0n1', 'xvda'],
  )
})

test('a host without diskstats is an error of this collector', async (t) => {
  const tree = hostTree(t, SERVER)
  tree.remove('proc/diskstats')
  assert.throws(() => createBlockDevicesCollector(tree).collect(momentAt(0)), /ENOENT/)
})
