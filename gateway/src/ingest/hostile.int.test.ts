// Ten thousand hostile messages on several streams while good agents go on unharmed.

import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { envelope } from './testing/hostile.ts'
import { attack, emptyAccount } from './testing/hostile-peer.ts'
import { loggedSequences, upTo } from './testing/logged-chain.ts'
import { testGateway } from './testing/test-gateway.ts'

const MESSAGES = 10_000
const ATTACKERS = 4
const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)

test(`hostile messages harm nobody and every refusal is typed (SEED=${seed})`, async (t) => {
  const gateway = await testGateway(t)
  const victim = await gateway.enrol()
  const account = emptyAccount()
  let isOver = false
  const good = await Promise.all(
    upTo(5).map(async () => {
      const agent = await gateway.enrol()
      const client = gateway.connect()
      await client.hello(agent)
      return { agent, client, chain: agent.chain() }
    }),
  )
  const goOn = good.map(async ({ client, chain }) => {
    while (!isOver || chain.head.sequence < 50) {
      client.frame(chain.frame(300))
      await client.accepted(chain.head.sequence)
      await delay(5)
    }
  })
  await Promise.all(
    upTo(ATTACKERS).map(async (attacker) => {
      const insider = await gateway.enrol()
      const options = { url: gateway.ingest.url, seed: seed + attacker, insider, victim }
      await attack({ ...options, messages: MESSAGES / ATTACKERS }, account)
      assert.deepEqual(await loggedSequences(gateway.log, insider), [])
    }),
  ).finally(() => (isOver = true))
  await Promise.all(goOn)
  t.diagnostic(
    `${account.sent} messages, ${account.streams} streams: ${JSON.stringify(Object.fromEntries(account.answers))}`,
  )
  assert.deepEqual(account.untyped, [])
  assert.ok(account.sent >= MESSAGES)
  for (const { agent, client, chain } of good) {
    assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(chain.head.sequence))
    assert.equal(client.heard.filter((message) => message.case === 'refusal').length, 0)
  }
  assert.equal(await gateway.metric('queued_bytes'), 0)
  assert.equal(await gateway.metric('in_flight'), 0)
  // A stream that was answered to its end is closed a moment later.
  await comesTrue('streams end', async () => (await gateway.metric('streams')) <= good.length)
  assert.equal(await gateway.metric('streams'), good.length)
})

test('requests that are no streams of ours are turned away', async (t) => {
  const gateway = await testGateway(t)
  const session = connect(gateway.ingest.url)
  t.after(() => session.destroy())
  const path = '/secumon.v1.IngestService/Stream'
  for (const headers of [
    { ':path': '/' },
    { ':path': path, ':method': 'GET' },
    { ':path': path, ':method': 'POST', ':authority': '[' },
    { ':path': path, ':method': 'POST', 'content-type': 'text/html' },
    { ':path': path, ':method': 'POST', 'content-type': 'application/grpc' },
    {
      ':path': path,
      ':method': 'POST',
      'content-type': 'application/connect+proto',
      'connect-timeout-ms': 'x',
    },
  ]) {
    const stream = session.request(headers)
    stream.on('error', () => undefined)
    stream.resume()
    stream.end()
    await once(stream, 'close')
  }
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  client.frame(agent.chain().frame())
  await client.accepted(1)
})

test('before it is open a stream may send little', async (t) => {
  const gateway = await testGateway(t)
  const session = connect(gateway.ingest.url)
  t.after(() => session.destroy())
  const headers = { ':path': '/secumon.v1.IngestService/Stream', ':method': 'POST' }
  const stream = session.request({ ...headers, 'content-type': 'application/connect+proto' })
  const heard: Buffer[] = []
  stream.on('data', (chunk: Buffer) => heard.push(chunk))
  stream.on('error', () => undefined)
  stream.write(envelope(new Uint8Array(200_000), 0, 500_000))
  await once(stream, 'close')
  assert.match(Buffer.concat(heard).toString(), /too many bytes before an Open/)
})
