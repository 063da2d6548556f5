import { Code } from '@connectrpc/connect'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { GapReason } from '@secumon/contracts/gen/frame'
import { RefusalKind } from '@secumon/contracts/gen/ingest'
import { clockSubject, laneSubject } from '@secumon/contracts/subjects'
import { silentLogger } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loggedSequences, messagesOf, upTo } from './testing/logged-chain.ts'
import { testGateway } from './testing/test-gateway.ts'

const corrupt = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte))

test('frames of both lanes are stored verbatim, in order, and acknowledged', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  const chain = agent.chain()
  const hello = await client.hello(agent)
  assert.equal(hello.lastSequence, 0n)
  assert.deepEqual(Buffer.from(hello.lastHash), Buffer.from(chain.head.hash))
  assert.equal(hello.limits?.window, 64)
  const first = chain.frame(500)
  client.frame(first, 250)
  for (let i = 1; i < 60; i++) client.frame(chain.frame(500))
  await client.accepted(60)
  const logs = agent.chain('logs')
  client.frame(logs.frame())
  await client.accepted(1, 'logs')

  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(60))
  const subject = laneSubject({ lane: 'telemetry', shard: 0, tenant: agent.tenant, agent: agent.agent })
  const [stored] = await messagesOf(gateway.log, 'telemetry', subject)
  assert.ok(stored && Buffer.from(stored.payload).includes(Buffer.from(first.bytes)))
  const receivedAt = Number(stored.header(RECEIVED_AT))
  assert.ok(Math.abs(receivedAt - Date.now()) < 60_000)
  assert.ok(Math.abs(Number(stored.header(CLOCK_OFFSET)) + 250) < 1_000)
  assert.equal(await gateway.metric('records_total'), 61)
  assert.equal(gateway.ingest.health().status, 'healthy')
})

test('a new stream resumes where the log stands, and what is sent again is acknowledged again', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const sealed = upTo(3).map(() => chain.frame())
  const first = gateway.connect()
  await first.hello(agent)
  for (const frame of sealed) first.frame(frame)
  await first.accepted(3)
  first.close()
  const second = gateway.connect()
  const hello = await second.hello(agent)
  assert.equal(hello.lastSequence, 3n)
  assert.deepEqual(Buffer.from(hello.lastHash), Buffer.from(chain.head.hash))
  for (const frame of sealed) second.frame(frame)
  await second.accepted(3)
  second.frame(chain.frame())
  await second.accepted(4)
  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(4))
})

test('frames that do not follow rewind the agent, once for all that were under way', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const client = gateway.connect()
  await client.hello(agent)
  const [one, two, ...rest] = upTo(10).map(() => chain.frame())
  assert.ok(one && two)
  client.frame(one)
  for (const frame of rest) client.frame(frame)
  const refusal = await client.next('refusal')
  assert.equal(refusal.kind, RefusalKind.REWIND)
  assert.equal(refusal.lastSequence, 1n)
  assert.deepEqual(Buffer.from(refusal.lastHash), Buffer.from(one.hash))
  for (const frame of [two, ...rest]) client.frame(frame)
  await client.accepted(10)
  assert.equal(client.heard.filter(({ case: kind }) => kind === 'refusal').length, 0)
  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(10))
})

test('a frame that names another predecessor rewinds', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const client = gateway.connect()
  await client.hello(agent)
  client.frame(chain.frame())
  await client.accepted(1)
  const forked = agent.chain()
  forked.frame(100)
  client.frame(forked.frame())
  const refusal = await client.next('refusal')
  assert.equal(refusal.kind, RefusalKind.REWIND)
  assert.equal(refusal.lastSequence, 1n)
  client.frame(chain.frame())
  await client.accepted(2)
})

test('a frame with a bad signature is replaced by a gap and the chain goes on', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const client = gateway.connect()
  await client.hello(agent)
  const [one, two, three] = upTo(3).map(() => chain.frame())
  assert.ok(one && two && three)
  client.frame(one)
  client.frame({ ...two, signature: corrupt(two.signature) })
  client.frame(three)
  const refusal = await client.next('refusal')
  assert.equal(refusal.kind, RefusalKind.REPLACE)
  assert.equal(refusal.sequence, 2n)
  const gap = { first: 2, last: 2, hashOfLast: two.hash, reason: GapReason.REFUSED, atMs: Date.now() }
  client.gap(agent.chain().gap(gap))
  client.frame(three)
  await client.accepted(3)
  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(3))
  assert.equal(await gateway.metric('bad_messages_total'), 1)
})

test('records of another agent, tenant or size are replaced and counted', async (t) => {
  const gateway = await testGateway(t, { limits: { maxFrameBytes: 2_000 } })
  const [agent, other] = [await gateway.enrol(), await gateway.enrol()]
  const client = gateway.connect()
  const hello = await client.hello(agent)
  assert.equal(hello.limits?.maxFrameBytes, 2_000)
  client.frame(other.chain().frame())
  assert.match((await client.next('refusal')).reason, /another agent/)
  client.frame(agent.chain().frame(3_000))
  const refusal = await client.next('refusal')
  assert.equal(refusal.kind, RefusalKind.REPLACE)
  assert.match(refusal.reason, /the log takes 2000/)
  client.frame(agent.chain().frame())
  await client.accepted(1)
})

test('a message that cannot be answered ends the stream with the reason', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  client.frame({
    bytes: new Uint8Array([1, 2, 3]),
    signature: new Uint8Array(64),
    sequence: 1,
    hash: new Uint8Array(32),
  })
  const error = await client.end()
  assert.equal(error?.code, Code.InvalidArgument)
})

test('a second stream of an agent takes over from the first', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const first = gateway.connect()
  await first.hello(agent)
  for (let i = 0; i < 20; i++) first.frame(chain.frame())
  const second = gateway.connect()
  const hello = await second.hello(agent)
  await first.next('goaway')
  assert.equal(await first.end(), undefined)
  const resumed = agent.chain()
  for (let i = 0; i < Number(hello.lastSequence); i++) resumed.frame()
  assert.ok(Number(hello.lastSequence) <= 20)
  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(Number(hello.lastSequence)))
})

test('stop settles what is being published and sends agents away', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const client = gateway.connect()
  await client.hello(agent)
  client.frame(chain.frame())
  await client.accepted(1)
  const startedMs = performance.now()
  const stopped = gateway.ingest.stop()
  assert.equal((await client.next('goaway')).reason, 'the gateway is stopping')
  assert.equal(await client.end(), undefined)
  await stopped
  assert.ok(performance.now() - startedMs < 5_000)
})

test('a gateway says on the telemetry shard that it is there to hear', async (t) => {
  const gateway = await testGateway(t, { limits: { aliveIntervalMs: 20 } })
  const subject = clockSubject({ shard: 0, kind: 'gateway' })
  const said = () => messagesOf(gateway.log, 'telemetry', subject)
  await comesTrue('it has said so twice', async () => (await said()).length >= 2)
})

test('a stream that does not open, or opens late, is closed', async (t) => {
  const gateway = await testGateway(t, { limits: { openTimeoutMs: 200 } })
  const client = gateway.connect()
  await client.next('challenge')
  assert.equal((await client.end())?.code, Code.DeadlineExceeded)
  assert.equal(await gateway.metric('closed_streams_total'), 1)
})

test('off loopback it listens with TLS only', async (t) => {
  const { startIngest } = await import('./ingest.ts')
  const gateway = await testGateway(t)
  const { log, store, clock, registry } = gateway
  registry.clear()
  const options = { log, store, clock, registry, port: 0, shards: 1, logger: silentLogger, gatewayId: 'g' }
  await assert.rejects(startIngest({ ...options, host: '0.0.0.0' }), /without TLS on loopback only/)
})
