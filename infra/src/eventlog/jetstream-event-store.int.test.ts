import { create, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import type { AggregateRef } from '@secumon/domain/decider'
import { Rejected } from '@secumon/domain/rejected'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { memoryKeys } from '../testing/memory-keys.ts'
import { testNats } from '../testing/servers.ts'
import { connectEventLog } from './connect-event-log.ts'
import { eventStoreContract } from './event-store.contract.ts'
import { jetStreamEventStore } from './jetstream-event-store.ts'
import { silentLogger, testClock, testEventLog, until } from './test-event-log.ts'

const log = await testEventLog({ after })
eventStoreContract('jetstream', async () => jetStreamEventStore(log, memoryKeys()))

const envelope = (aggregate: AggregateRef): Envelope => {
  const events = [{ event: { case: 'agentRenamed' as const, value: { name: 'secret-name' } } }]
  return create(EnvelopeSchema, { commandId: `c-${aggregate.id}`, version: 1n, schema: 1, events })
}

test('jetstream: what is sealed says nothing, is found again after a rotation, and is gone when shredded', async () => {
  const keys = memoryKeys()
  const store = jetStreamEventStore(log, keys)
  const aggregate = { tenant: 'acme', aggregate: 'agent', id: 'sealed' }
  assert.equal((await store.append(aggregate, envelope(aggregate), 0)).outcome, 'appended')
  const stored = await log.lastMessage('EVENTS', 'events.acme.agent.sealed')
  assert.ok(stored && !Buffer.from(stored.payload).includes('secret-name'))
  keys.rotate('acme')
  assert.deepEqual((await store.read(aggregate)).envelopes, [envelope(aggregate)])
  assert.equal((await store.append(aggregate, envelope(aggregate), 0)).outcome, 'appended')
  keys.shred('acme')
  assert.equal((await store.append(aggregate, envelope(aggregate), 0)).outcome, 'appended')
  const shredded = (error: unknown) => error instanceof Rejected && error.code === 'not_found'
  await assert.rejects(store.read(aggregate), shredded)
})

test('jetstream: without keys only what lies in clear is read and written', async () => {
  const store = jetStreamEventStore(log)
  const identity = { tenant: 'acme', aggregate: 'identity', id: 'clear' }
  assert.equal((await store.append(identity, envelope(identity), 0)).outcome, 'appended')
  assert.deepEqual((await store.read(identity)).envelopes, [envelope(identity)])
  const unavailable = (error: unknown) => error instanceof Rejected && error.code === 'unavailable'
  const agent = { tenant: 'acme', aggregate: 'agent', id: 'other' }
  await assert.rejects(store.append(agent, envelope(agent), 0), unavailable)
})

test('jetstream: an envelope from before sealing is read, and counts as appended', async () => {
  const store = jetStreamEventStore(log, memoryKeys())
  const aggregate = { tenant: 'acme', aggregate: 'agent', id: 'old' }
  await log.append('events.acme.agent.old', toBinary(EnvelopeSchema, envelope(aggregate)), {
    expectedLast: 0,
  })
  assert.deepEqual((await store.read(aggregate)).envelopes, [envelope(aggregate)])
  assert.equal((await store.append(aggregate, envelope(aggregate), 0)).outcome, 'appended')
})

test('jetstream: a store whose server is gone says so', async (t) => {
  const server = await testNats(t)
  const gone = await connectEventLog({
    servers: server.url,
    logger: silentLogger,
    clock: testClock,
    shards: 1,
  })
  t.after(() => gone.close())
  await server.child.stop()
  await until(gone, () => gone.trouble === 'disconnected')
  const unavailable = (error: unknown) => error instanceof Rejected && error.code === 'unavailable'
  await assert.rejects(
    jetStreamEventStore(gone).read({ tenant: 'main', aggregate: 'agent', id: 'x' }),
    unavailable,
  )
})
