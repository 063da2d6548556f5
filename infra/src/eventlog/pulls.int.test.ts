// A reader goes on where its requests are lost, or end without the word that they have.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { comesTrue } from '../testing/comes-true.ts'
import { lossyNats, type NatsLosses } from '../testing/nats-proxy.ts'
import { testNats } from '../testing/servers.ts'
import { testConnection } from './test-event-log.ts'

const STREAM = 'TELEMETRY_0'
const SUBJECT = 'telemetry.0.main.one'
const { url, port } = await testNats({ after })
const log = await testConnection({ after }, url)

const isRequest = (frame: string): boolean => frame.includes('.CONSUMER.MSG.NEXT.')
const isNewConsumer = (frame: string): boolean => frame.includes('.CONSUMER.CREATE.')
const isExpiry = (frame: string): boolean => frame.includes('NATS/1.0 408')

const append = async (): Promise<number> => {
  const appended = await log.append(SUBJECT, new Uint8Array(10))
  assert.equal(appended.outcome, 'appended')
  return appended.outcome === 'appended' ? appended.position : 0
}

/** A reader behind the losses, from the next message on. */
async function readerBehind(scope: Parameters<typeof lossyNats>[0], losses: NatsLosses) {
  const behind = await testConnection(scope, await lossyNats(scope, port, losses), { pullMs: 800 })
  const start = (await log.bounds(STREAM)).last + 1
  const read: number[] = []
  const stop = new AbortController()
  const done = (async () => {
    for await (const batch of behind.consume(STREAM, { start, signal: stop.signal }))
      read.push(...batch.map(({ position }) => position))
  })()
  done.catch(() => undefined)
  const end = async () => {
    stop.abort()
    await done
  }
  return { read, end }
}

test('before a request expires there is another: that nobody tells of its end holds up nothing', async (t) => {
  let [requests, expired, consumers, overlaps] = [0, 0, 0, 0]
  const reader = await readerBehind(t, {
    fromClient: (frame) => {
      if (isRequest(frame)) requests++
      if (isNewConsumer(frame)) consumers++
      return false
    },
    fromServer: (frame) => {
      if (!isExpiry(frame)) return false
      if (requests - expired++ >= 2) overlaps++
      return true
    },
  })
  const first = await append()
  await comesTrue('the first arrives', () => reader.read.length === 1)
  await comesTrue('a request expires while another is there', () => overlaps > 0)
  const second = await append()
  await comesTrue('the second arrives', () => reader.read.length === 2)
  await reader.end()
  assert.deepEqual(reader.read, [first, second])
  assert.equal(consumers, 1)
})

test('a request that is lost is made again, of the same consumer', async (t) => {
  let [requests, consumers] = [0, 0]
  const reader = await readerBehind(t, {
    fromClient: (frame) => {
      if (isNewConsumer(frame)) consumers++
      return isRequest(frame) && requests++ === 0
    },
  })
  const position = await append()
  await comesTrue('it arrives', () => reader.read.length === 1)
  await reader.end()
  assert.deepEqual(reader.read, [position])
  assert.ok(requests >= 2)
  assert.equal(consumers, 1)
})
