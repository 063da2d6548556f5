import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { LogDisconnected } from '@secumon/infra/eventlog/event-log'
import type { ReadableLog } from './log-readable.ts'
import { sharedReading } from './shared-reading.ts'
import { MemoryLog } from './testing/memory-log.ts'

const STREAM = 'TELEMETRY_0'
const message = (i: number) => ({ subject: 'telemetry.0.main.x', payload: Buffer.from(String(i)) })

function counting(log: MemoryLog): ReadableLog & { readonly consumers: number } {
  let consumers = 0
  return {
    get trouble() {
      return log.trouble
    },
    get consumers() {
      return consumers
    },
    get connectionNumber() {
      return log.connectionNumber
    },
    onChange: (listener) => log.onChange(listener),
    bounds: (stream) => log.bounds(stream),
    messageAt: (stream, position) => log.messageAt(stream, position),
    consume: (stream, options) => {
      consumers++
      return log.consume(stream, options)
    },
  }
}

/** Reads from `start` until `last` is seen, resting some turns between batches. */
async function positions(
  log: ReadableLog,
  reader: { start: number; rest: number },
  last: number,
): Promise<number[]> {
  const seen: number[] = []
  const stop = new AbortController()
  for await (const batch of log.consume(STREAM, {
    start: reader.start,
    signal: stop.signal,
    maxMessages: 7,
  })) {
    seen.push(...batch.map(({ position }) => position))
    if ((seen.at(-1) ?? 0) >= last) stop.abort()
    for (let i = 0; i < reader.rest; i++) await setImmediate()
  }
  return seen
}

const upTo = (start: number, last: number) => Array.from({ length: last - start + 1 }, (_, i) => start + i)

test('wherever readers start and however slow they are, each sees everything from its start, once and in order', async () => {
  const anyReader = fc.record({ start: fc.integer({ min: 1, max: 40 }), rest: fc.nat({ max: 5 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyReader, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: 30 }),
      async (readers, late) => {
        const log = new MemoryLog()
        log.append(STREAM, ...upTo(1, 40).map(message))
        const shared = sharedReading(log)
        const reading = readers.map((reader) => positions(shared, reader, 40 + late))
        for (let i = 0; i < late; i++) {
          await setImmediate()
          log.append(STREAM, message(i))
        }
        // Something for those who start at the very end.
        const seen = await Promise.all(reading)
        for (const [i, reader] of readers.entries()) assert.deepEqual(seen[i], upTo(reader.start, 40 + late))
      },
    ),
    { numRuns: 150 },
  )
})

test('readers at the same place share one consumer', async () => {
  const log = new MemoryLog()
  log.append(STREAM, ...upTo(1, 100).map(message))
  const counted = counting(log)
  const shared = sharedReading(counted)
  await Promise.all([1, 1, 1].map((start) => positions(shared, { start, rest: 1 }, 100)))
  assert.equal(counted.consumers, 1)
})

test(
  'those who come when all others have just left hear of everything at once',
  { timeout: 10_000 },
  async () => {
    const log = new MemoryLog()
    const shared = sharedReading(log)
    const read = (signal: AbortSignal) => shared.consume(STREAM, { start: 1, signal })[Symbol.asyncIterator]()
    const [leaving, stop] = [new AbortController(), new AbortController()]
    const left = read(leaving.signal).next()
    await setImmediate()
    leaving.abort()
    await left
    const first = read(stop.signal).next()
    for (let i = 0; i < 10; i++) await setImmediate()
    const second = read(stop.signal).next()
    await setImmediate()
    log.append(STREAM, message(1))
    for (const { value: batch } of await Promise.all([first, second])) assert.equal(batch?.[0]?.position, 1)
    stop.abort()
  },
)

test('what the log no longer has where readers begin keeps nobody waiting', { timeout: 10_000 }, async () => {
  const log = new MemoryLog()
  log.append(STREAM, ...upTo(1, 20).map(message))
  log.purge(STREAM, 5)
  const counted = counting(log)
  const shared = sharedReading(counted)
  const seen = await Promise.all([1, 1].map((start) => positions(shared, { start, rest: 1 }, 20)))
  assert.deepEqual(seen, [upTo(6, 20), upTo(6, 20)])
  assert.equal(counted.consumers, 1)
})

test('one that rests while the log is lost hears of it too', async () => {
  const log = new MemoryLog()
  log.append(STREAM, message(1))
  const shared = sharedReading(log)
  const signal = AbortSignal.timeout(5_000)
  const resting = shared.consume(STREAM, { start: 1, signal })[Symbol.asyncIterator]()
  const waiting = shared.consume(STREAM, { start: 1, signal })[Symbol.asyncIterator]()
  assert.deepEqual([(await resting.next()).done, (await waiting.next()).done], [false, false])
  const lost = assert.rejects(waiting.next(), LogDisconnected)
  log.disconnect()
  await lost
  await assert.rejects(resting.next(), LogDisconnected)
  log.reconnect()
  assert.deepEqual(await positions(shared, { start: 1, rest: 0 }, 1), [1])
})

test('all of them hear when the log is lost, and may begin again', async () => {
  const log = new MemoryLog()
  log.append(STREAM, message(1))
  const shared = sharedReading(log)
  const stop = new AbortController()
  const readers = [1, 1].map(async () => {
    for await (const batch of shared.consume(STREAM, { start: 1, signal: stop.signal }))
      assert.equal(batch.length, 1)
  })
  const lost = Promise.allSettled(readers)
  for (let i = 0; i < 5; i++) await setImmediate()
  log.disconnect()
  for (const result of await lost)
    assert.ok(result.status === 'rejected' && result.reason instanceof LogDisconnected, result.status)
  log.reconnect()
  assert.deepEqual(await positions(shared, { start: 1, rest: 0 }, 1), [1])
})
