import { epochAnchor } from '@secumon/contracts/epoch'
import { sha256 } from '@secumon/contracts/frame'
import { GapReason } from '@secumon/contracts/gen/frame'
import { EpochReason, RefusalKind } from '@secumon/contracts/gen/ingest'
import { laneNumber } from '@secumon/contracts/lanes'
import { generateSigningKey } from '@secumon/contracts/signing'
import { laneSubject } from '@secumon/contracts/subjects'
import { identity } from '@secumon/domain/identity'
import { fold } from '@secumon/infra/eventlog/handle'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laneRecord } from './lane-record.ts'
import { loggedSequences, upTo } from './testing/logged-chain.ts'
import type { StreamClient } from './testing/stream-client.ts'
import { Chain, decide, type TestAgent } from './testing/test-agent.ts'
import { testGateway, type TestGateway } from './testing/test-gateway.ts'

const stateOf = async ({ store }: TestGateway, { agent, tenant }: TestAgent) =>
  fold(identity, (await store.read({ tenant, aggregate: 'identity', id: agent })).envelopes)

async function telemetryHello(client: StreamClient) {
  for (;;) {
    const hello = await client.next('hello')
    if (hello.lane === laneNumber('telemetry')) return hello
  }
}

const wish = (reason: EpochReason = EpochReason.SPOOL_BEHIND) => ({
  case: 'epochRequest' as const,
  value: { lane: laneNumber('telemetry'), reason, quarantinedFrames: 3n },
})

test('an unknown agent and a wrong key must enrol again', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  for (const wrong of [
    { ...agent, agent: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
    { ...agent, key: generateSigningKey() },
    { ...agent, agent: 'not a ulid' },
  ]) {
    const client = gateway.connect()
    await client.open(wrong)
    assert.equal((await client.next('refusal')).kind, RefusalKind.RE_ENROL)
    assert.equal(await client.end(), undefined)
  }
  await gateway.connect().hello(agent)
})

test('an agent enrolled a moment ago is known', async (t) => {
  const gateway = await testGateway(t)
  for (let i = 0; i < 20; i++) await gateway.connect().hello(await gateway.enrol())
})

test('a revoked identity is sent away at once, and for good', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  await decide(gateway, agent, { kind: 'RevokeIdentity', agent: agent.agent, reason: 'stolen' })
  assert.equal((await client.next('refusal')).kind, RefusalKind.RE_ENROL)
  await client.end()
  const again = gateway.connect()
  await again.open(agent)
  assert.match((await again.next('refusal')).reason, /revoked/)
})

test('a new epoch is granted with its bytes, its chain begins at 1, and a second must wait', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  const old = agent.chain()
  client.frame(old.frame())
  await client.accepted(1)
  client.send(wish())
  const grant = await client.next('epochGrant')
  assert.equal(grant.epoch, 2n)
  const started = (await stateOf(gateway, agent))?.epochs.telemetry
  assert.ok(started)
  assert.equal(started.quarantinedFrames, 3n)
  assert.deepEqual(Buffer.from(sha256(grant.epochStarted)), Buffer.from(epochAnchor(started)))
  client.frame(old.frame())
  const chain = new Chain({ ...old.identity, epoch: 2 }, epochAnchor(started), agent.key)
  client.frame(chain.frame())
  const ack = await client.next('ack')
  assert.deepEqual([ack.epoch, ack.accepted], [2n, 1n])
  client.send(wish())
  const refusal = await client.next('refusal')
  assert.equal(refusal.kind, RefusalKind.WAIT)
  assert.ok(refusal.retryAfterMs > 500_000)
})

test('a new epoch may begin with a gap for what was left behind, and goes on from there', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  client.send(wish())
  const { epochStarted } = await client.next('epochGrant')
  const anchor = sha256(epochStarted)
  const chain = new Chain({ ...agent.chain().identity, epoch: 2 }, anchor, agent.key)
  const left = { first: 1, last: 7, hashOfLast: anchor, reason: GapReason.LEFT_BEHIND, atMs: Date.now() }
  client.gap(chain.gap(left))
  client.frame(chain.frame())
  await client.accepted(8)
  const again = gateway.connect()
  assert.equal((await again.hello(agent)).lastSequence, 8n)
})

test('an agent that missed a grant is granted the same epoch again', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const first = gateway.connect()
  await first.hello(agent)
  first.send(wish())
  const missed = await first.next('epochGrant')
  first.close()
  const second = gateway.connect()
  assert.equal((await second.hello(agent)).epoch, 2n)
  second.send(wish())
  assert.deepEqual(await second.next('epochGrant'), missed)
})

test('an epoch started elsewhere is told on the open stream', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.open(agent)
  await client.next('hello')
  await client.next('hello')
  const common = { agent: agent.agent, lane: 'telemetry', reason: EpochReason.FORK } as const
  await decide(gateway, agent, {
    kind: 'StartEpoch',
    ...common,
    known: 1,
    quarantinedFrames: 0,
    atMs: Date.now(),
  })
  const hello = await client.next('hello')
  assert.deepEqual([hello.epoch, hello.lastSequence], [2n, 0n])
})

test('an epoch that the log of identities has lost is followed by the next, and its agent goes on', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.open(agent, { telemetry: 4 })
  const hello = await telemetryHello(client)
  assert.deepEqual([hello.epoch, hello.lastSequence], [5n, 0n])
  client.send(wish())
  assert.equal((await client.next('epochGrant')).epoch, 5n)
})

test('also when only the lane’s own records remember it', async (t) => {
  const gateway = await testGateway(t, { limits: { retryAfterMs: 20 } })
  const agent = await gateway.enrol()
  const chain = new Chain({ ...agent.chain().identity, epoch: 4 }, new Uint8Array(32), agent.key)
  const { bytes, signature } = chain.frame()
  const subject = laneSubject({ lane: 'telemetry', shard: 0, ...agent })
  await gateway.log.append(subject, laneRecord('frame', bytes, signature))
  const client = gateway.connect()
  await client.open(agent)
  const hello = await telemetryHello(client)
  assert.deepEqual([hello.epoch, hello.lastSequence], [5n, 0n])
})

const clones = [
  {
    name: 'the same place with another hash',
    offend: async (gateway: TestGateway, agent: TestAgent) => {
      const client = gateway.connect()
      await client.hello(agent)
      client.frame(agent.chain().frame())
      await client.accepted(1)
      client.frame(agent.chain().frame(10))
      return client
    },
  },
  {
    name: 'a frame of an older epoch on a younger stream',
    offend: async (gateway: TestGateway, agent: TestAgent) => {
      const first = gateway.connect()
      await first.hello(agent)
      first.send(wish())
      await first.next('epochGrant')
      const client = gateway.connect()
      await client.hello(agent)
      client.frame(agent.chain().frame())
      return client
    },
  },
]

for (const { name, offend } of clones)
  test(`a clone shows by ${name} and loses the identity`, async (t) => {
    const gateway = await testGateway(t)
    const agent = await gateway.enrol()
    const client = await offend(gateway, agent)
    assert.equal((await client.next('refusal')).kind, RefusalKind.RE_ENROL)
    assert.equal((await stateOf(gateway, agent))?.revoked, true)
  })

test('an unsigned accusation is no clone', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  await client.hello(agent)
  client.frame(agent.chain().frame())
  await client.accepted(1)
  client.frame({ ...agent.chain().frame(10), signature: new Uint8Array(64) })
  assert.equal((await client.next('refusal')).kind, RefusalKind.REPLACE)
  assert.equal((await stateOf(gateway, agent))?.revoked, false)
  assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(1))
})
