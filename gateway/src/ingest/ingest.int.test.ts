import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testGateway } from './testing/test-gateway.ts'

test('frames of both lanes are accepted in order', async (t) => {
  const gateway = await testGateway(t)
  const agent = await gateway.enrol()
  const client = gateway.connect()
  const hello = await client.hello(agent)
  assert.equal(hello.lastSequence, 0n)
  const chain = agent.chain()
  assert.deepEqual(Buffer.from(hello.lastHash), Buffer.from(chain.head.hash))
  for (let i = 0; i < 50; i++) client.frame(chain.frame(1000))
  await client.accepted(50)
  const logs = agent.chain('logs')
  client.frame(logs.frame())
  await client.accepted(1, 'logs')
  assert.equal(await gateway.metric('records_total'), 51)
})
