import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAddress, trustedProxies } from './client-address.ts'

const trusted = trustedProxies(['10.0.0.0/8', '::1'])

type Case = [what: string, peer: string | undefined, headers: Record<string, string>, expected: object]
const CASES: Case[] = [
  ['the peer itself', '192.0.2.1', {}, { address: '192.0.2.1', local: false }],
  ['a mapped IPv4 address', '::ffff:192.0.2.1', {}, { address: '192.0.2.1' }],
  ['a stranger’s claim', '192.0.2.1', { 'x-forwarded-for': '198.51.100.1' }, { address: '192.0.2.1' }],
  [
    'a stranger’s claim of https',
    '192.0.2.1',
    { 'x-forwarded-proto': 'https' },
    { address: '192.0.2.1', secure: false },
  ],
  [
    'a trusted proxy',
    '10.1.2.3',
    { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' },
    { address: '198.51.100.1', secure: true, local: false },
  ],
  [
    'the nearest hop that is not ours',
    '10.1.2.3',
    { 'x-forwarded-for': '203.0.113.9, 198.51.100.1, 10.9.9.9' },
    { address: '198.51.100.1' },
  ],
  ['a proxy that says nothing', '10.1.2.3', {}, { address: '10.1.2.3' }],
  ['a proxy that says nonsense', '10.1.2.3', { 'x-forwarded-for': 'unknown' }, { address: '10.1.2.3' }],
  ['this machine', '127.0.0.1', {}, { local: true }],
  ['a proxy on this machine', '127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }, { local: false }],
  ['no socket', undefined, {}, { address: 'unknown', local: false }],
  ['IPv6, by its /64', '2001:db8:0:12::ff', {}, { address: '2001:db8:0:12::/64' }],
  ['the same /64 in another spelling', '2001:0db8::12:1:2:3:4', {}, { address: '2001:db8:0:12::/64' }],
]

for (const [what, peer, headers, expected] of CASES)
  test(`${what} is who it is`, () => {
    const header = (name: string): string | undefined => headers[name]
    const found = clientAddress({ peer, encrypted: false, header }, trusted)
    assert.deepEqual({ ...found, ...expected }, found)
  })

test('a malformed network is refused', () => {
  assert.throws(() => trustedProxies(['10.0.0.0/99']))
  assert.throws(() => trustedProxies(['nonsense']))
})
