// What the log does when its server stops, goes back in time, fills up or falls silent.

import { comesTrue } from '../testing/comes-true.ts'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { LogDisconnected, type LogMessage } from './event-log.ts'
import type { NatsEventLog } from './connect-event-log.ts'
import { restartableNats, testConnection, testEventLog, until } from './test-event-log.ts'

const STREAM = 'TELEMETRY_0'
const SUBJECT = 'telemetry.0.main.one'
const bytes = (text: string) => new TextEncoder().encode(text)
const text = ({ payload }: LogMessage) => Buffer.from(payload).toString()

async function appendAll(log: NatsEventLog, texts: readonly string[]): Promise<number> {
  let position = (await log.lastMessage(STREAM, SUBJECT))?.position ?? 0
  for (const each of texts) {
    const outcome = await log.append(SUBJECT, bytes(each), { expectedLast: position })
    assert.equal(outcome.outcome, 'appended')
    if (outcome.outcome === 'appended') position = outcome.position
  }
  return position
}

// A signal to stop returns before every thread has stopped.
const isStopped = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).every((task) =>
    readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').includes(') T '),
  )

async function readUntil(log: NatsEventLog, last: string, start = 1): Promise<string[]> {
  const read: string[] = []
  for await (const batch of log.consume(STREAM, { start, signal: AbortSignal.timeout(10_000) })) {
    read.push(...batch.map(text))
    if (read.includes(last)) break
  }
  return read
}

test('a server restart: readers are told, appends wait for the stamp, then all goes on', async (t) => {
  const nats = await restartableNats(t)
  const log = await testConnection(t, nats.url)
  await appendAll(log, ['a', 'b'])
  const [oldServer, oldNumber] = [log.serverId, log.connectionNumber]
  const reader = readUntil(log, 'never')
  const told = assert.rejects(reader, LogDisconnected)

  await nats.stop()
  await told
  await until(log, () => log.trouble === 'disconnected')
  assert.deepEqual(await log.append(SUBJECT, bytes('lost')), {
    outcome: 'unavailable',
    reason: 'disconnected',
  })
  await assert.rejects(log.lastMessage(STREAM, SUBJECT), LogDisconnected)

  await nats.start()
  await until(log, () => log.trouble === 'not_reconciled')
  assert.ok(log.connectionNumber > oldNumber)
  assert.notEqual(log.serverId, oldServer)
  assert.deepEqual(await log.append(SUBJECT, bytes('early')), {
    outcome: 'unavailable',
    reason: 'not_reconciled',
  })
  const waiting = readUntil(log, 'c')
  if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
  await until(log, () => log.trouble === undefined)
  await appendAll(log, ['c'])
  assert.deepEqual(await waiting, ['a', 'b', 'c'])
})

test('a stamp reaches every process that is connected', async (t) => {
  const nats = await restartableNats(t)
  const [one, other] = [await testConnection(t, nats.url), await testConnection(t, nats.url)]
  await nats.stop()
  await nats.start()
  await until(other, () => other.trouble === 'not_reconciled')
  await until(one, () => one.trouble === 'not_reconciled')
  const wanted = new Promise<string>((resolve) => one.upkeep.onReconcileWanted(resolve))
  await one.upkeep.stamp(await wanted)
  await until(other, () => other.trouble === undefined)
})

test('a store put back in time: fences hold, readers do not read twice, hashes differ', async (t) => {
  const nats = await restartableNats(t)
  const log = await testConnection(t, nats.url)
  await appendAll(log, ['a', 'b'])
  await nats.stop()
  await nats.save()
  await nats.start()
  await until(log, () => log.trouble === 'not_reconciled')
  if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
  await until(log, () => log.trouble === undefined)
  const last = await appendAll(log, ['c', 'd', 'e'])
  const checkpoint = (await log.messageAt(STREAM, 3))?.hash()

  await nats.stop()
  await nats.rollBack()
  await nats.start()
  await until(log, () => log.trouble === 'not_reconciled')
  if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
  await until(log, () => log.trouble === undefined)
  const fenced = await log.append(SUBJECT, bytes('f'), { expectedLast: last })
  assert.deepEqual(fenced, { outcome: 'conflict', last: 2 })
  assert.equal((await log.bounds(STREAM)).last, 2)
  assert.equal(await log.messageAt(STREAM, 3), undefined)
  const reader = readUntil(log, 'never', last + 1)
  const told = assert.rejects(reader, /rolled back/)
  await appendAll(log, ['other'])
  await told
  assert.notDeepEqual((await log.messageAt(STREAM, 3))?.hash(), checkpoint)
})

test('a full stream refuses, is remembered as full, and takes again after a purge', async (t) => {
  const log = await testEventLog(t, { maxStreamBytes: 64 * 1024, troubleMemoryMs: 300 })
  const payload = new Uint8Array(1024)
  let outcome = await log.append(SUBJECT, payload)
  while (outcome.outcome === 'appended') outcome = await log.append(SUBJECT, payload)
  assert.deepEqual(outcome, { outcome: 'unavailable', reason: 'full' })
  assert.equal(log.trouble, 'full')
  assert.deepEqual([log.troubleOf(STREAM), log.troubleOf('LOGS_0')], ['full', undefined])
  const { first, last, maxBytes } = await log.bounds(STREAM)
  assert.equal(first, 1)
  assert.equal(maxBytes, 64 * 1024)
  assert.equal(await log.upkeep.purge(STREAM, last), last - 1)
  assert.equal((await log.append(SUBJECT, payload)).outcome, 'appended')
  await until(log, () => log.trouble === undefined)
})

test('a server that does not answer is slow; the window bounds what waits', async (t) => {
  const nats = await restartableNats(t)
  const limits = { ackTimeoutMs: 300, maxAppends: 2, maxWaiting: 1, troubleMemoryMs: 300 }
  const log = await testConnection(t, nats.url, limits)
  const { pid } = nats.server().child
  process.kill(pid, 'SIGSTOP')
  await comesTrue('the server is stopped', () => isStopped(pid))
  const underway = [log.append(SUBJECT, bytes('a')), log.append(SUBJECT, bytes('b'))]
  assert.equal(log.windowFull, true)
  const waiting = log.append(SUBJECT, bytes('c'))
  assert.deepEqual(await log.append(SUBJECT, bytes('d')), { outcome: 'unavailable', reason: 'window_full' })
  for (const outcome of await Promise.all([...underway, waiting]))
    assert.deepEqual(outcome, { outcome: 'unavailable', reason: 'slow' })
  assert.equal(log.trouble, 'slow')
  assert.equal(log.windowFull, false)
  process.kill(pid, 'SIGCONT')
  await until(log, () => log.trouble === undefined)
  assert.equal((await log.append(SUBJECT, bytes('e'))).outcome, 'appended')
})

test('a reader that is slow gets everything in order and holds little at a time', async (t) => {
  const log = await testEventLog(t)
  const texts = Array.from({ length: 3_000 }, (_, i) => String(i))
  await Promise.all(texts.map((each) => log.append(SUBJECT, bytes(each))))
  const read: string[] = []
  for await (const batch of log.consume(STREAM, {
    start: 1,
    signal: AbortSignal.timeout(20_000),
    maxMessages: 100,
  })) {
    assert.ok(batch.length <= 100)
    read.push(...batch.map(text))
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (read.length >= texts.length) break
  }
  assert.deepEqual(read, texts)
})

test('a filter leaves out other subjects; a purged beginning is skipped', async (t) => {
  const log = await testEventLog(t)
  for (const name of ['one', 'two', 'one', 'two', 'one'])
    await log.append(`telemetry.0.main.${name}`, bytes(name))
  await log.upkeep.purge(STREAM, 2)
  const options = { start: 1, signal: AbortSignal.timeout(10_000), subject: SUBJECT }
  const positions: number[] = []
  for await (const batch of log.consume(STREAM, options)) {
    positions.push(...batch.map(({ position }) => position))
    if (positions.length === 2) break
  }
  assert.deepEqual(positions, [3, 5])
})

test('messages of the largest size are delivered, though few fit into one request', async (t) => {
  const log = await testEventLog(t)
  const payload = new Uint8Array(900 * 1024)
  for (let i = 0; i < 24; i++) assert.equal((await log.append(SUBJECT, payload)).outcome, 'appended')
  let messages = 0
  for await (const batch of log.consume(STREAM, { start: 1, signal: AbortSignal.timeout(10_000) })) {
    messages += batch.length
    if (messages === 24) break
  }
  assert.equal(messages, 24)
})

test('a payload larger than the server takes is refused at once', async (t) => {
  const log = await testEventLog(t)
  await assert.rejects(log.append(SUBJECT, new Uint8Array(log.maxPayloadBytes + 1)), /AppendRefused/)
})
