// Connections through a real CONNECT proxy and with real TLS.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { createSecureServer } from 'node:http2'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { startTestProxy } from '../testing/test-proxy.ts'
import { testRig } from '../testing/test-uplink.ts'
import { until } from '../testing/until.ts'
import { dial, DialFailed } from './dial.ts'

const signal = new AbortController().signal
const protocols = ['h2']

test('the uplink streams through a proxy, with its credentials, to a name only the proxy knows', async (t) => {
  const rig = await testRig(t)
  const proxy = await startTestProxy({ 'ingest.test:8098': rig.gateway.port })
  t.after(() => proxy.close())
  rig.append(10)
  rig.start({ ingestUrl: 'http://ingest.test:8098', environment: { HTTPS_PROXY: proxy.url } })
  await until(() => rig.lane.accepted === 10, 'all frames through the proxy')
  assert.deepEqual(proxy.asked[0], {
    target: 'ingest.test:8098',
    authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  })
  await rig.stop()
})

test('a proxy that refuses, or never answers, is a failure in time', async (t) => {
  const proxy = await startTestProxy({})
  t.after(() => proxy.close())
  const url = new URL('http://ingest.test:8098')
  const ask = (): Promise<unknown> =>
    dial({ url, timeoutMs: 200, signal, protocols, environment: { HTTPS_PROXY: proxy.url } })
  proxy.refuse = 407
  await assert.rejects(ask(), { name: 'DialFailed', message: /answered 407 to CONNECT/ })
  proxy.refuse = 0
  await assert.rejects(ask(), (error) => error instanceof DialFailed && !error.message.includes('p@ss'))
})

test('a host that does not answer the handshake is left in time', async (t) => {
  const server = createTcpServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  const address = server.address()
  assert(address && typeof address === 'object')
  const url = new URL(`https://127.0.0.1:${address.port}`)
  await assert.rejects(dial({ url, timeoutMs: 150, signal, protocols, environment: {} }), DialFailed)
})

test('TLS is checked against the given authorities, also inside a tunnel', async (t) => {
  const directory = testDirectory(t)
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=ingest.test', '-addext', 'subjectAltName=DNS:ingest.test']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', ...curve, '-keyout', key, '-out', cert, '-days', '2', ...subject],
    { stdio: 'ignore' },
  )
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  t.after(() => void server.close())
  const address = server.address()
  assert(address && typeof address === 'object')
  const proxy = await startTestProxy({ 'ingest.test:443': address.port, 'other.test:443': address.port })
  t.after(() => proxy.close())
  const ask = (host: string, authorities?: string): Promise<unknown> =>
    dial({
      url: new URL(`https://${host}`),
      timeoutMs: 3_000,
      signal,
      protocols,
      environment: { HTTPS_PROXY: proxy.url },
      ...(authorities && { authorities }),
    }).then((socket) => socket.destroy())
  const trusted = readFileSync(cert, 'utf8')
  await ask('ingest.test', trusted)
  await assert.rejects(ask('ingest.test'), /self-signed certificate/)
  await assert.rejects(ask('other.test', trusted), /does not match certificate/)
})
