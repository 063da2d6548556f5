// The log away, full, rolled back or shared with another gateway: nothing acknowledged is missing, nothing is twice.

import { Code } from '@connectrpc/connect'
import { RefusalKind } from '@secumon/contracts/gen/ingest'
import { laneNumber } from '@secumon/contracts/lanes'
import { laneSubject } from '@secumon/contracts/subjects'
import { restartableNats, testConnection, testEventLog, until } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import type { Scope } from '@secumon/infra/testing/servers'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loggedSequences, messagesOf, upTo } from './testing/logged-chain.ts'
import type { StreamClient } from './testing/stream-client.ts'
import type { Chain, TestAgent } from './testing/test-agent.ts'
import { testGateway, type TestGateway } from './testing/test-gateway.ts'

/** A log whose server can be stopped, and started again as if it had been reconciled. */
async function restartableLog(scope: Scope) {
  const nats = await restartableNats(scope)
  const log = await testConnection(scope, nats.url)
  const start = async (): Promise<void> => {
    await nats.start()
    await until(log, () => log.trouble === 'not_reconciled')
    await log.upkeep.stamp(log.serverId ?? '')
    await until(log, () => log.trouble === undefined)
  }
  return { log, nats, start }
}

/** False where the gateway cannot say yet who the agent is: an agent comes again then. */
async function greets(gateway: TestGateway, agent: TestAgent): Promise<boolean> {
  const client = gateway.connect()
  try {
    await client.hello(agent)
    return true
  } catch (error) {
    if (client.error?.code !== Code.Unavailable) throw error
    return false
  }
}

/** Sends what follows the last Ack again after each setback, as an agent does, until all is accepted. */
async function deliver(
  client: StreamClient,
  frames: ReturnType<Chain['frame']>[],
  from: number,
): Promise<void> {
  const all = frames.length
  const send = (after: number): void => frames.slice(after).forEach((frame) => client.frame(frame))
  send(from)
  for (;;) {
    await client.until(() => client.heard.length > 0, 'an answer')
    const message = client.heard.shift()
    if (message?.case === 'ack' && Number(message.value.accepted) >= all) return
    if (message?.case === 'ack') from = Number(message.value.accepted)
    if (message?.case !== 'refusal') continue
    if (message.value.kind === RefusalKind.REWIND) {
      from = Number(message.value.lastSequence)
      // The other gateway may have taken the rest: then there is nothing to send, and no Ack to wait for.
      if (from >= all) return
      send(from)
    }
    if (message.value.kind === RefusalKind.WAIT) setTimeout(() => send(from), message.value.retryAfterMs)
  }
}

test('while the log is stopped agents wait, nothing is acknowledged, and then it goes on', async (t) => {
  const { log, nats, start } = await restartableLog(t)
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 100 } })
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const frames = upTo(40).map(() => chain.frame())
  const client = gateway.connect()
  await client.hello(agent)
  await deliver(client, frames.slice(0, 20), 0)
  await nats.stop()
  await until(log, () => log.trouble === 'disconnected')
  client.heard.length = 0
  client.frame(frames[20] ?? assert.fail())
  assert.equal((await client.next('refusal')).kind, RefusalKind.WAIT)
  assert.deepEqual(client.heard, [])
  assert.equal(gateway.ingest.health().status, 'degraded')
  await start()
  await deliver(client, frames, 20)
  assert.deepEqual(await loggedSequences(log, agent), upTo(40))
  await client.until(() => gateway.ingest.health().status === 'healthy', 'health')
})

test('a stream opened while the log is away is told to wait, and greeted when it is back', async (t) => {
  const { log, nats, start } = await restartableLog(t)
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 50 } })
  const agent = await gateway.enrol()
  await gateway.connect().hello(agent)
  await nats.stop()
  await until(log, () => log.trouble === 'disconnected')
  const client = gateway.connect()
  await client.open(agent)
  assert.equal((await client.next('refusal')).kind, RefusalKind.WAIT)
  await start()
  assert.equal((await client.next('hello')).lastSequence, 0n)
})

test('a log that was rolled back rewinds its agents, and each frame is there once', async (t) => {
  const { log, nats, start } = await restartableLog(t)
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 50 } })
  const [agent, quiet] = [await gateway.enrol(), await gateway.enrol()]
  const chain = agent.chain()
  const frames = upTo(60).map(() => chain.frame())
  const client = gateway.connect()
  await client.hello(agent)
  const other = gateway.connect()
  await other.hello(quiet)
  await deliver(client, frames.slice(0, 20), 0)
  await nats.stop()
  await nats.save()
  await start()
  await deliver(client, frames.slice(0, 50), 20)
  const lone = quiet.chain().frame()
  other.frame(lone)
  await other.accepted(1)
  await nats.stop()
  await nats.rollBack()
  client.heard.length = other.heard.length = 0
  await start()
  const rewind = await client.next('refusal')
  assert.deepEqual([rewind.kind, rewind.lastSequence], [RefusalKind.REWIND, 20n])
  assert.equal((await other.next('refusal')).lastSequence, 0n)
  other.frame(lone)
  await other.accepted(1)
  await deliver(client, frames, 20)
  assert.deepEqual(await loggedSequences(log, agent), upTo(60))
  assert.deepEqual(await loggedSequences(log, quiet), [1])
})

test('a log that has lost its identities sends nobody away, and takes who is new', async (t) => {
  const { log, nats } = await restartableLog(t)
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 50 } })
  const agents = [await gateway.enrol(), await gateway.enrol()]
  for (const agent of agents) await gateway.connect().hello(agent)
  await nats.stop()
  await nats.loseStore()
  await nats.start()
  // Makes the streams, and stamps the server as if it had been reconciled.
  await testConnection(t, nats.url)
  await until(log, () => log.trouble === undefined)
  for (const agent of [...agents, await gateway.enrol(), await gateway.enrol()])
    await comesTrue('the agent is greeted', () => greets(gateway, agent))
})

test('a full stream makes agents wait and acknowledges nothing more', async (t) => {
  const log = await testEventLog(t, { maxStreamBytes: 1024 ** 2 })
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 20 } })
  const agent = await gateway.enrol()
  const chain = agent.chain()
  const client = gateway.connect()
  await client.hello(agent)
  let accepted = 0
  for (let i = 0; i < 40; i++) client.frame(chain.frame(50_000))
  await client.until(() => client.heard.some(({ case: kind }) => kind === 'refusal'), 'a refusal')
  for (const message of client.heard) {
    if (message.case === 'ack') accepted = Number(message.value.accepted)
    if (message.case === 'refusal') assert.equal(message.value.kind, RefusalKind.WAIT)
  }
  assert.ok(accepted > 0 && accepted < 40)
  assert.deepEqual(await loggedSequences(log, agent), upTo(accepted))
  assert.match(gateway.ingest.health().detail, /full/)
})

test('a full stream of one lane holds up no other', async (t) => {
  const log = await testEventLog(t, { maxStreamBytes: 1024 ** 2 })
  const gateway = await testGateway(t, { log, limits: { retryAfterMs: 20 } })
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.open(agent)
  await client.next('hello')
  await client.next('hello')
  const logs = agent.chain('logs')
  for (let i = 0; i < 40; i++) client.frame(logs.frame(50_000))
  assert.equal((await client.next('refusal')).lane, laneNumber('logs'))
  assert.equal(log.trouble, 'full')
  client.frame(agent.chain().frame())
  await client.accepted(1)
})

test('two gateways racing for one agent make one chain', async (t) => {
  const log = await testEventLog(t)
  const one = await testGateway(t, { log, gatewayId: 'one' })
  const two = await testGateway(t, { log, gatewayId: 'two' })
  const agent = await one.enrol()
  const chain = agent.chain()
  const frames = upTo(300).map(() => chain.frame())
  const [a, b] = [one.connect(), two.connect()]
  const [first, second] = [await a.hello(agent), await b.hello(agent)]
  await Promise.all([
    deliver(a, frames, Number(first.lastSequence)),
    deliver(b, frames, Number(second.lastSequence)),
  ])
  assert.deepEqual(await loggedSequences(log, agent), upTo(300))
  const subject = laneSubject({ lane: 'telemetry', shard: 0, tenant: agent.tenant, agent: agent.agent })
  assert.equal((await messagesOf(log, 'telemetry', subject)).length, 300)
})
