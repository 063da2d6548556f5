import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { selfSigned, startReceiver } from '../testing/receiver.ts'
import { TargetForbidden } from './guarded-lookup.ts'
import { openOutgoing, type OutgoingOptions } from './outgoing.ts'
import { outcomeOfFault } from './outcome-of.ts'

const receiver = await startReceiver()
const tls = selfSigned('service.test')
const secure = await startReceiver(tls)
const cleanUps: (() => void)[] = []
after(async () => {
  for (const cleanUp of cleanUps) cleanUp()
  await receiver.close()
  await secure.close()
})

const HERE = [{ address: '127.0.0.1', family: 4 }]
const never = new AbortController().signal

function openTest(options: Partial<OutgoingOptions> = {}) {
  const outgoing = openOutgoing({ allowPrivate: ['127.0.0.0/8'], resolve: async () => HERE, ...options })
  cleanUps.push(() => outgoing.close())
  return outgoing
}

const requestTo = (url: string) => ({ url: new URL(url), headers: {}, body: '{}' })

test('no spelling of a local address is a target', async () => {
  const outgoing = openOutgoing({ allowPrivate: [] })
  const { port } = receiver
  const spellings = [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
  ]
  const before = receiver.connections
  for (const host of spellings)
    await assert.rejects(outgoing.request(requestTo(`http://${host}:${port}/`), never), TargetForbidden, host)
  assert.equal(receiver.connections, before)
  outgoing.close()
})

test('a name that answers with a public address first and then with ours is not followed', async () => {
  const answers = ['192.0.2.1', '10.0.0.1', '127.0.0.1']
  const resolve = async () => [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]
  const outgoing = openTest({ allowPrivate: [], resolve })
  const before = receiver.connections
  for (let i = 0; i < 3; i++)
    await assert.rejects(
      outgoing.request(requestTo(`http://rebinding.test:${receiver.port}/`), never),
      TargetForbidden,
    )
  assert.equal(receiver.connections, before)
})

test('of several addresses of a name only the allowed ones are connected to', async () => {
  const resolve = async () => [{ address: '127.0.0.2', family: 4 }, ...HERE]
  const outgoing = openTest({ allowPrivate: ['127.0.0.1'], resolve })
  assert.equal((await outgoing.request(requestTo(`http://mixed.test:${receiver.port}/`), never)).status, 200)
})

test('a host that the configuration names is reached whatever its address', async () => {
  const outgoing = openTest({ allowPrivate: ['relay.test'] })
  assert.equal((await outgoing.request(requestTo(`http://relay.test:${receiver.port}/`), never)).status, 200)
  await assert.rejects(
    outgoing.request(requestTo(`http://other.test:${receiver.port}/`), never),
    TargetForbidden,
  )
})

test('a redirect is an answer, not a way', async () => {
  receiver.answering = (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
  const answer = await openTest().request(requestTo(`http://service.test:${receiver.port}/`), never)
  assert.equal(answer.status, 307)
})

test('an answer without end is read to its limit', async () => {
  receiver.answering = (response) => {
    const more = (): void => {
      while (response.write('x'.repeat(8_192)));
    }
    response.on('drain', more)
    response.on('error', () => undefined)
    more()
  }
  const answer = await openTest().request(requestTo(`http://service.test:${receiver.port}/`), never)
  assert.equal(answer.body.length, 16_384)
})

test('who does not answer costs no longer than an attempt may take', async () => {
  receiver.answering = () => undefined
  const outgoing = openTest({ timeoutMs: 100 })
  const asked = outgoing.request(requestTo(`http://service.test:${receiver.port}/`), outgoing.within(never))
  const fault: unknown = await asked.catch((error: unknown) => error)
  assert.deepEqual(outcomeOfFault(fault, { secrets: [] }), { outcome: 'retry', reason: 'no answer in time' })
})

test('a certificate of nobody is a reason to try again, and is told', async () => {
  const asked = openTest().request(requestTo(`https://service.test:${secure.port}/`), never)
  const fault: unknown = await asked.catch((error: unknown) => error)
  assert.deepEqual(outcomeOfFault(fault, { secrets: [] }), {
    outcome: 'retry',
    reason: 'self-signed certificate',
  })
  const other = openTest({ trusted: [tls.cert] }).request(
    requestTo(`https://other.test:${secure.port}/`),
    never,
  )
  await assert.rejects(other, /does not match certificate/)
})

test('nobody there, no such name: later', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  const refused: unknown = await openTest()
    .request(requestTo(`http://service.test:${port}/`), never)
    .catch((error: unknown) => error)
  assert.equal(outcomeOfFault(refused, { secrets: [] }).outcome, 'retry')
  await assert.rejects(
    openTest({ resolve: async () => [] }).request(requestTo('http://nowhere.test/'), never),
    {
      code: 'ENOTFOUND',
    },
  )
})

test('a kept connection that was closed meanwhile costs nothing but a new one', async () => {
  const outgoing = openTest()
  receiver.answering = (response) => response.end('ok')
  const url = `http://service.test:${receiver.port}/`
  await outgoing.request(requestTo(url), never)
  let first = true
  receiver.answering = (response) => {
    if (first) response.destroy()
    else response.end('again')
    first = false
  }
  assert.equal((await outgoing.request(requestTo(url), never)).body, 'again')
})

test('through a proxy goes what is outside, and nothing to a private target', async () => {
  const asked: string[] = []
  const proxy = createHttpServer()
  proxy.on('connect', ({ url, headers }, client) => {
    asked.push(`${url} ${headers['proxy-authorization']}`)
    const server = connect(secure.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const addresses: Record<string, string> = { 'inside.test': '10.0.0.1', 'allowed.test': '127.0.0.1' }
  const outgoing = openTest({
    proxy: `http://user:word@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    trusted: [tls.cert],
    resolve: async (host) => [{ address: addresses[host] ?? assert.fail('not known here'), family: 4 }],
  })
  assert.equal((await outgoing.request(requestTo('https://service.test/'), never)).status, 200)
  assert.deepEqual(asked, [`service.test:443 Basic ${Buffer.from('user:word').toString('base64')}`])
  await assert.rejects(outgoing.request(requestTo('https://inside.test/'), never), TargetForbidden)
  await assert.rejects(outgoing.request(requestTo('https://10.0.0.1/'), never), TargetForbidden)
  assert.equal(
    (await outgoing.request(requestTo(`http://allowed.test:${receiver.port}/`), never)).status,
    200,
  )
  assert.equal(asked.length, 1)
  outgoing.close()
  proxy.closeAllConnections()
  proxy.close()
})
