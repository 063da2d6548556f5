import { laneSubject } from '@secumon/contracts/subjects'
import { ulid } from '@secumon/contracts/ids'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loseMessage, testConnection } from '../eventlog/test-event-log.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { testNats } from '../testing/servers.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'
import { readUpTo } from './read-up-to.ts'

const STREAM = 'TELEMETRY_0'
const agent = ulid(1_700_000_000_000, new Uint8Array(10))
const subject = laneSubject({ lane: 'telemetry', shard: 0, tenant: 'main', agent })
/** For one operation, on a machine that is busy. */
const inTime = (): AbortSignal => AbortSignal.timeout(30_000)

async function positions(log: NatsEventLog, end: number): Promise<number[]> {
  const found: number[] = []
  const upTo = { stream: STREAM, start: 1, end, signal: inTime() }
  for await (const batch of readUpTo(log, (...args) => log.scan(...args), upTo))
    found.push(...batch.map(({ position }) => position))
  return found
}

test('a log whose last messages are gone ends where there is nothing more', async (t) => {
  const { url } = await testNats(t)
  const log = await testConnection(t, url)
  for (let i = 0; i < 5; i++) await log.append(subject, Uint8Array.of(i))
  assert.deepEqual(await positions(log, 5), [1, 2, 3, 4, 5])
  for (const position of [2, 4, 5]) await loseMessage(url, STREAM, position)
  const { last } = await log.bounds(STREAM)
  assert.deepEqual([last, await positions(log, last)], [5, [1, 3]])
})

test('a log that has a message and does not deliver it is said to be broken', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { promise: never } = Promise.withResolvers<IteratorResult<never>>()
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => never }) }
  const held = { nextMessage: async () => ({}) as never }
  const reading = readUpTo(held, () => silent as never, {
    stream: STREAM,
    start: 1,
    end: 1,
    signal: inTime(),
  }).next()
  const broken = assert.rejects(reading, LogUnreadable)
  for (let i = 0; i < 100; i++) {
    t.mock.timers.tick(1_000)
    for (let turns = 0; turns < 10; turns++) await Promise.resolve()
  }
  await broken
})
