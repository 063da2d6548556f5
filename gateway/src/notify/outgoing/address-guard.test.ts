import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressGuard, isPublic } from './address-guard.ts'

const CLOSED: readonly [address: string, why: string][] = [
  ['0.0.0.0', 'this host'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'shared by a carrier (CGNAT)'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.169.254', 'link-local, where clouds keep credentials'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['198.18.0.1', 'benchmarks'],
  ['203.0.113.9', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'IPv4 in IPv6'],
  ['::ffff:8.8.8.8', 'IPv4 in IPv6 has an address of its own'],
  ['::7f00:1', 'IPv4 in IPv6, the old form'],
  ['64:ff9b::a00:1', 'IPv4 behind NAT64'],
  ['fc00::1', 'unique local'],
  ['fd12:3456::1', 'unique local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local with a zone'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'documentation'],
  ['2001::1', 'Teredo, which holds an IPv4 address'],
  ['2002:a00:1::', '6to4 of a private address'],
  ['example.org', 'no address'],
  ['', 'no address'],
]

for (const [address, why] of CLOSED)
  test(`${address || 'nothing'} is closed: ${why}`, () => assert.equal(isPublic(address), false))

for (const address of [
  '1.1.1.1',
  '100.63.255.255',
  '172.32.0.1',
  '192.169.0.1',
  '223.255.255.255',
  '2606:4700::1111',
])
  test(`${address} is open`, () => assert.equal(isPublic(address), true))

test('the configuration opens networks, addresses and hosts, and no more than them', () => {
  const guard = addressGuard(['10.1.0.0/16', '192.168.1.7', 'fd00::/8', 'Relay.Local'])
  assert.ok(guard.allowsAddress('10.1.255.1') && !guard.allowsAddress('10.2.0.1'))
  assert.ok(guard.allowsAddress('192.168.1.7') && !guard.allowsAddress('192.168.1.8'))
  assert.ok(guard.allowsAddress('fd00::1') && !guard.allowsAddress('fe80::1'))
  assert.ok(guard.allowsHost('relay.local.') && !guard.allowsHost('local'))
  assert.throws(() => addressGuard(['10.0.0.0/33']), RangeError)
})
