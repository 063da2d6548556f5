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
import { TestGateway } from '../testing/test-gateway.ts'
import { startTestProxy } from '../testing/test-proxy.ts'
import { SHORT_TIMINGS, testRig } from '../testing/test-uplink.ts'
import { until } from '../testing/until.ts'
import { dial, DialFailed } from './dial.ts'

const signal = new AbortController().signal
const protocols = ['h2']

test('the uplink streams through a proxy, with its credentials, to a name only the proxy knows', async (t) => {
  const rig = await testRig(t)
  const proxy = await startTestProxy({ 'ingest.test:8098': rig.gateway.port })
  t.after(() => proxy.close())
  rig.append(10)
  const timings = { ...SHORT_TIMINGS, connectTimeoutMs: 1_000 }
  rig.start({ ingestUrl: 'http://ingest.test:8098', environment: { HTTPS_PROXY: proxy.url }, timings })
  await until(() => rig.lane.accepted === 10, 'all frames through the proxy')
  // The time allowed for connecting ends; the stream does not.
  const laterMs = performance.now() + 1_100
  await until(() => performance.now() > laterMs, 'the time for connecting is over')
  rig.append(1)
  await until(() => rig.lane.accepted === 11, 'a frame on the old stream')
  assert.equal(proxy.asked.length, 1)
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
    dial({ url, timeoutMs: 1_000, signal, protocols, environment: { HTTPS_PROXY: proxy.url } })
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

function selfSigned(directory: string, name: string): { key: string; cert: string } {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2']
  const files = ['-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...files, ...subject], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

test('the uplink streams over TLS inside a tunnel', async (t) => {
  const rig = await testRig(t)
  const tls = selfSigned(rig.directory, 'ingest.test')
  const gateway = new TestGateway()
  await gateway.listen(0, tls)
  const proxy = await startTestProxy({ 'ingest.test:443': gateway.port })
  t.after(() => Promise.all([gateway.close(), proxy.close()]))
  rig.append(5)
  rig.start({
    ingestUrl: 'https://ingest.test',
    environment: { HTTPS_PROXY: proxy.url },
    authorities: tls.cert,
  })
  await until(() => rig.lane.accepted === 5, 'all frames over TLS')
  await rig.stop()
})

test('TLS is checked against the given authorities, also inside a tunnel', async (t) => {
  const { key, cert } = selfSigned(testDirectory(t), 'ingest.test')
  const server = createSecureServer({ key, cert }).listen(0, '127.0.0.1')
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
  await ask('ingest.test', cert)
  await assert.rejects(ask('ingest.test'), /self-signed certificate/)
  await assert.rejects(ask('other.test', cert), /does not match certificate/)
})
