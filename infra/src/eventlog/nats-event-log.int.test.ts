import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testEventLog } from './test-event-log.ts'
import type { LogMessage } from './event-log.ts'
import type { NatsEventLog } from './connect-event-log.ts'

const log = await testEventLog({ after })
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (message: LogMessage | undefined) => message && Buffer.from(message.payload).toString()

async function take(source: NatsEventLog, stream: string, count: number, start = 1): Promise<LogMessage[]> {
  const taken: LogMessage[] = []
  const stop = new AbortController()
  for await (const batch of source.consume(stream, { start, signal: stop.signal })) {
    taken.push(...batch)
    if (taken.length >= count) stop.abort()
  }
  return taken
}

test('what is appended can be got and consumed, with its headers and one hash', async () => {
  const subject = 'telemetry.0.main.one'
  const outcome = await log.append(subject, bytes('first'), {
    headers: { 'received-at': '17' },
    expectedLast: 0,
  })
  assert.deepEqual(outcome, { outcome: 'appended', position: 1 })
  const last = await log.lastMessage('TELEMETRY_0', subject)
  assert.equal(text(last), 'first')
  assert.equal(last?.position, 1)
  assert.equal(last.subject, subject)
  assert.equal(last.stream, 'TELEMETRY_0')
  assert.equal(last.header('received-at'), '17')
  assert.equal(last.header('clock-offset'), undefined)
  const [consumed] = await take(log, 'TELEMETRY_0', 1)
  assert.equal(text(consumed), 'first')
  assert.equal(consumed?.subject, subject)
  assert.equal(consumed.header('received-at'), '17')
  assert.deepEqual(consumed.hash(), last.hash())
  assert.equal(await log.lastMessage('TELEMETRY_0', 'telemetry.0.main.none'), undefined)
  assert.equal(await log.messageAt('TELEMETRY_0', 99), undefined)
  const bounds = await log.bounds('TELEMETRY_0')
  assert.deepEqual([bounds.first, bounds.last, bounds.messages], [1, 1, 1])
})

test('an append whose expectation is outdated conflicts', async () => {
  const outcome = await log.append('telemetry.0.main.one', bytes('x'), { expectedLast: 0 })
  assert.deepEqual(outcome, { outcome: 'conflict', last: 1 })
})

test('the same message id is a duplicate, at the position of the first', async () => {
  const first = await log.append('logs.0.main.a', bytes('x'), { messageId: 'm1' })
  const second = await log.append('logs.0.main.a', bytes('x'), { messageId: 'm1' })
  assert.deepEqual(second, { ...first, duplicate: true })
})

test('ten thousand appends keep their order', async () => {
  const subject = 'telemetry.0.main.many'
  const before = (await log.bounds('TELEMETRY_0')).last
  const outcomes = await Promise.all(
    Array.from({ length: 10_000 }, (_, i) => log.append(subject, bytes(String(i)))),
  )
  assert.ok(outcomes.every(({ outcome }, i) => outcome === 'appended' && outcomes[i]?.outcome === 'appended'))
  const messages = await take(log, 'TELEMETRY_0', 10_000, before + 1)
  assert.equal(messages.length, 10_000)
  assert.ok(
    messages.every((message, i) => text(message) === String(i) && message.position === before + 1 + i),
  )
})
