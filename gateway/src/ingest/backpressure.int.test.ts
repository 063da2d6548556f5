// A log that does not answer: what has been read stays bounded, whatever agents send.

import type { AppendOptions, AppendOutcome } from '@secumon/infra/eventlog/event-log'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { loggedSequences, upTo } from './testing/logged-chain.ts'
import { testGateway } from './testing/test-gateway.ts'

/** A real log whose answers to appends on lanes can be held back. */
async function stallingLog(scope: Parameters<typeof testEventLog>[0]) {
  const log = await testEventLog(scope)
  let gate = Promise.resolve()
  const append = log.append.bind(log)
  log.append = async (
    subject: string,
    payload: Uint8Array,
    options?: AppendOptions,
  ): Promise<AppendOutcome> => {
    if (subject.startsWith('telemetry')) await gate
    return append(subject, payload, options)
  }
  return {
    log,
    stall: (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
  }
}

test('while the log stalls, windows and bytes are bounded, and everything arrives afterwards', async (t) => {
  const { log, stall } = await stallingLog(t)
  const limits = { window: 8, maxQueuedBytes: 40_000, maxInFlight: 2 }
  const gateway = await testGateway(t, { log, limits })
  const frames = 30
  const sizeBytes = 2_000
  const agents = await Promise.all(
    upTo(10).map(async () => {
      const agent = await gateway.enrol()
      const client = gateway.connect()
      await client.hello(agent)
      return { agent, client, chain: agent.chain() }
    }),
  )
  const resume = stall()
  for (const { client, chain } of agents)
    for (let i = 0; i < frames; i++) client.frame(chain.frame(sizeBytes))
  await comesTrue(
    'queues are full',
    async () => (await gateway.metric('queued_bytes')) >= limits.maxQueuedBytes,
  )
  // Readers that were awake may each bring one record more, and no stream more than its window.
  for (let i = 0; i < 20; i++) {
    await delay(10)
    assert.ok((await gateway.metric('queued_bytes')) < limits.maxQueuedBytes + 16 * (sizeBytes + 500))
    assert.ok((await gateway.metric('in_flight')) <= limits.maxInFlight)
    assert.equal(await gateway.metric('records_total'), 0)
  }
  resume()
  await Promise.all(agents.map(({ client }) => client.accepted(frames)))
  for (const { agent } of agents) assert.deepEqual(await loggedSequences(gateway.log, agent), upTo(frames))
  assert.equal(await gateway.metric('queued_bytes'), 0)
})
