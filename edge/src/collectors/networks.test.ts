import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { SERVER } from '../testing/hosts.ts'
import { createNetworksCollector, isHostInterface, parseNetDev } from './networks.ts'

const HEAD = 'Inter-|\n face |\n'

test('each counter lands in its own column', async (t) => {
  const tree = hostTree(t, SERVER)
  const collector = createNetworksCollector(tree)
  assert.deepEqual(await collector.collect(momentAt(0)), {})
  tree.write({ 'proc/net/dev': `${HEAD}  eth0: 6000 60 2 4 0 0 0 0 9000 90 6 8 0 0 0 0\n` })
  assert.deepEqual(await collector.collect(momentAt(10)), {
    networks: {
      interface: ['eth0'],
      receiveBytes: [1000],
      transmitBytes: [2000],
      receivePackets: [10],
      transmitPackets: [20],
      receiveErrors: [1],
      transmitErrors: [3],
      receiveDrops: [2],
      transmitDrops: [4],
    },
  })
})

test('a driver that was loaded again starts from zero: what it shows is its gain', async (t) => {
  const tree = hostTree(t, SERVER)
  const collector = createNetworksCollector(tree)
  await collector.collect(momentAt(0))
  tree.write({ 'proc/net/dev': `${HEAD}  eth0: 300 3 0 0 0 0 0 0 400 4 0 0 0 0 0 0\n` })
  const { networks } = await collector.collect(momentAt(10))
  assert.deepEqual([networks?.receiveBytes, networks?.transmitBytes], [[300], [400]])
})

test('names glued to their first number (old kernels) and names with a colon are read', () => {
  const interfaces = parseNetDev(
    `${HEAD}eth0:1000 1 0 0 0 0 0 0 2000 2 0 0 0 0 0 0\neth0:1: 5 1 0 0 0 0 0 0 6 2 0 0 0 0 0 0\n`,
  )
  assert.deepEqual(
    interfaces.map(([name, [received]]) => [name, received]),
    [
      ['eth0', 1000],
      ['eth0:1', 5],
    ],
  )
})

test('containers’ and virtual machines’ ends are left out, the host’s own interfaces are not', () => {
  const own = ['eth0', 'enp3s0f1', 'wlan0', 'bond0', 'br0', 'vmbr0', 'wg0', 'tun0', 'ppp0', 'eth0.100']
  const others = [
    'lo',
    'veth12ab',
    'docker0',
    'br-0123456789ab',
    'cali1234',
    'lxc_health',
    'ifb0',
    'dummy0',
    'virbr0',
    'vnet3',
  ]
  assert.deepEqual(own.filter(isHostInterface), own)
  assert.deepEqual(others.filter(isHostInterface), [])
})

test('no more than a hundred', () => {
  const lines = Array.from({ length: 500 }, (_, i) => `eth${i}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0`)
  assert.equal(parseNetDev(HEAD + lines.join('\n')).length, 100)
})
