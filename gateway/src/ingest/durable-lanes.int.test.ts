// What an agent hears of the archive: at its Hello, with its Acks, and when nothing else is to be said.

import { durableSubject } from '@secumon/contracts/subjects'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { upTo } from './testing/logged-chain.ts'
import type { StreamClient } from './testing/stream-client.ts'
import { TestArchiver } from './testing/test-archiver.ts'
import { testGateway } from './testing/test-gateway.ts'

const log = await testEventLog({ after })
const LIMITS = { durableTellMs: 20, durableAskMs: 10_000 }

async function durable(client: StreamClient, sequence: number): Promise<void> {
  while (Number((await client.next('ack')).durable) < sequence);
}

describe('what is durable', () => {
  test('is what the archiver says it is, to an agent that sends nothing more too', async (t) => {
    const gateway = await testGateway(t, { log, limits: LIMITS })
    const archiver = new TestArchiver(log)
    const agent = await gateway.enrol()
    const client = gateway.connect()
    assert.equal((await client.hello(agent)).durable, 0n)
    const chain = agent.chain()
    for (const _ of upTo(5)) client.frame(chain.frame())
    await client.accepted(5)
    archiver.announce(agent, 3)
    await durable(client, 3)
    archiver.announce(agent, 5)
    await durable(client, 5)
    client.frame(chain.frame())
    assert.equal((await client.next('ack')).durable, 5n)
    archiver.stop()
  })

  test('is told at the Hello, for many agents by few questions', async (t) => {
    const archiver = new TestArchiver(log)
    const gateway = await testGateway(t, { log, limits: LIMITS })
    const agents = await Promise.all(upTo(20).map(() => gateway.enrol()))
    for (const agent of agents) {
      const client = gateway.connect()
      await client.hello(agent)
      client.frame(agent.chain().frame())
      await client.accepted(1)
      archiver.hold(agent, 1)
    }
    archiver.asked.length = 0
    const again = await testGateway(t, { log, limits: LIMITS, gatewayId: 'gateway-2' })
    const hellos = await Promise.all(agents.map((agent) => again.connect().hello(agent)))
    assert.deepEqual(new Set(hellos.map(({ durable: said }) => said)), new Set([1n]))
    assert.ok(archiver.asked.length < agents.length, `${archiver.asked.length} questions`)
    assert.equal(new Set(archiver.asked.flat()).size, agents.length)
    archiver.stop()
  })

  test('is nothing while no archiver answers, and does not keep a lane from opening', async (t) => {
    const gateway = await testGateway(t, { log, limits: { ...LIMITS, durableAskMs: 50 } })
    const agent = await gateway.enrol()
    const client = gateway.connect()
    assert.equal((await client.hello(agent)).durable, 0n, 'nobody is there')
    client.frame(agent.chain().frame())
    await client.accepted(1)
    const archiver = new TestArchiver(log)
    archiver.hold(agent, 1)
    archiver.isMute = true
    assert.equal((await gateway.connect().hello(agent)).durable, 0n, 'nobody answers')
    archiver.stop()
  })

  test('is asked again when an announcement was missed', async (t) => {
    const gateway = await testGateway(t, { log, limits: { ...LIMITS, sweepIntervalMs: 20 } })
    const archiver = new TestArchiver(log)
    const agent = await gateway.enrol()
    const client = gateway.connect()
    await client.hello(agent)
    client.frame(agent.chain().frame())
    await client.accepted(1)
    archiver.hold(agent, 1)
    await durable(client, 1)
    archiver.stop()
  })

  test('never exceeds what the log holds, nor speaks of another epoch', async (t) => {
    const gateway = await testGateway(t, { log, limits: LIMITS })
    const archiver = new TestArchiver(log)
    const [ahead, elsewhere] = [await gateway.enrol(), await gateway.enrol()]
    archiver.hold(ahead, 7)
    archiver.hold(elsewhere, 7, 2)
    for (const [agent, said] of [
      [ahead, 1n],
      [elsewhere, 0n],
    ] as const) {
      const client = gateway.connect()
      assert.equal((await client.hello(agent)).durable, 0n)
      client.frame(agent.chain().frame())
      const { accepted, durable: told } = await client.next('ack')
      assert.deepEqual([accepted, told], [1n, said])
    }
    archiver.stop()
  })

  test('is not put in doubt by what nobody can read, nor by an older word', async (t) => {
    const gateway = await testGateway(t, { log, limits: LIMITS })
    const archiver = new TestArchiver(log)
    const agent = await gateway.enrol()
    const client = gateway.connect()
    await client.hello(agent)
    const chain = agent.chain()
    for (const _ of upTo(4)) client.frame(chain.frame())
    await client.accepted(4)
    archiver.announce(agent, 4)
    await durable(client, 4)
    log.publishLive(durableSubject(0), Buffer.from('not a notice'))
    archiver.announce(agent, 2)
    client.frame(chain.frame())
    await client.accepted(5)
    archiver.announce(agent, 5)
    for (let said = 0n; said < 5n;) {
      said = (await client.next('ack')).durable
      assert.ok(said >= 4n, `${said}`)
    }
    archiver.stop()
  })

  test('is heard by every gateway, whichever the agent is at', async (t) => {
    const one = await testGateway(t, { log, limits: LIMITS })
    const two = await testGateway(t, { log, limits: LIMITS, gatewayId: 'gateway-2' })
    const archiver = new TestArchiver(log)
    const agent = await one.enrol()
    const chain = agent.chain()
    const first = one.connect()
    await first.hello(agent)
    first.frame(chain.frame())
    await first.accepted(1)
    const second = two.connect()
    await second.hello(agent)
    second.frame(chain.frame())
    await second.accepted(2)
    archiver.announce(agent, 2)
    await Promise.all([durable(first, 1), durable(second, 2)])
    archiver.stop()
  })
})
