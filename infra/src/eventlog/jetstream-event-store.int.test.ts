import { Rejected } from '@secumon/domain/rejected'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testNats } from '../testing/servers.ts'
import { connectEventLog } from './connect-event-log.ts'
import { eventStoreContract } from './event-store.contract.ts'
import { jetStreamEventStore } from './jetstream-event-store.ts'
import { silentLogger, testClock, testEventLog, until } from './test-event-log.ts'

eventStoreContract('jetstream', async () => jetStreamEventStore(await testEventLog({ after })))

test('jetstream: a store whose server is gone says so', async (t) => {
  const server = await testNats(t)
  const log = await connectEventLog({
    servers: server.url,
    logger: silentLogger,
    clock: testClock,
    shards: 1,
  })
  t.after(() => log.close())
  await server.child.stop()
  await until(log, () => log.trouble === 'disconnected')
  const unavailable = (error: unknown) => error instanceof Rejected && error.code === 'unavailable'
  await assert.rejects(
    jetStreamEventStore(log).read({ tenant: 'main', aggregate: 'agent', id: 'x' }),
    unavailable,
  )
})
