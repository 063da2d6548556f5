// Writers and a reader through three kills of the server: nothing said to be appended is missing, twice or elsewhere.

import { comesTrue } from '../testing/comes-true.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { LogDisconnected } from './event-log.ts'
import type { NatsEventLog } from './connect-event-log.ts'
import { restartableNats, testConnection, until } from './test-event-log.ts'

const STREAM = 'TELEMETRY_0'
const WRITERS = 40
const KILLS = 3

type Written = { readonly text: string; readonly position: number }

/** Appends 1, 2, 3 … to its own subject as a gateway would: fenced, reading again after anything but success. */
async function writeAll(log: NatsEventLog, writer: number, stop: AbortSignal): Promise<Written[]> {
  const subject = `telemetry.0.main.w${writer}`
  const written: Written[] = []
  let next: { sequence: number; expectedLast: number } | undefined
  while (!stop.aborted) {
    next ??= await headOf(log, subject).catch(() => undefined)
    if (!next || log.trouble) {
      next = undefined
      await setImmediate()
      continue
    }
    const text = `${writer}/${next.sequence}`
    const outcome = await log.append(subject, Buffer.from(text), { expectedLast: next.expectedLast })
    if (outcome.outcome === 'appended') written.push({ text, position: outcome.position })
    next =
      outcome.outcome === 'appended'
        ? { sequence: next.sequence + 1, expectedLast: outcome.position }
        : undefined
  }
  return written
}

async function headOf(log: NatsEventLog, subject: string) {
  const message = await log.lastMessage(STREAM, subject)
  const sequence = Number(message && Buffer.from(message.payload).toString().split('/')[1])
  return { sequence: message ? sequence + 1 : 1, expectedLast: message?.position ?? 0 }
}

/** Reads on from where it was after each loss, until it has read the stream's end. */
async function readAll(log: NatsEventLog, stop: AbortSignal): Promise<Map<number, string>> {
  const read = new Map<number, string>()
  for (;;) {
    try {
      for await (const batch of log.consume(STREAM, {
        start: read.size + 1,
        signal: AbortSignal.timeout(30_000),
      })) {
        for (const { position, payload } of batch) {
          assert.equal(position, read.size + 1)
          read.set(position, Buffer.from(payload).toString())
        }
        if (stop.aborted && read.size === (await log.bounds(STREAM)).last) return read
      }
      throw new Error('the reader was too slow')
    } catch (error) {
      if (!(error instanceof LogDisconnected)) throw error
      await setImmediate()
    }
  }
}

test('kills under load', async (t) => {
  const nats = await restartableNats(t)
  const [log, reader] = [await testConnection(t, nats.url), await testConnection(t, nats.url)]
  const [stopWriting, stopReading] = [new AbortController(), new AbortController()]
  const writers = Array.from({ length: WRITERS }, (_, writer) => writeAll(log, writer, stopWriting.signal))
  const reading = readAll(reader, stopReading.signal)
  for (let kill = 1; kill <= KILLS; kill++) {
    const { last } = await log.bounds(STREAM)
    await comesTrue('writers go on', async () => (await log.bounds(STREAM)).last >= last + 1_000)
    await nats.server().child.stop('SIGKILL')
    await until(log, () => log.trouble === 'disconnected')
    await nats.start()
    await until(log, () => log.trouble === 'not_reconciled')
    if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
    await until(log, () => log.trouble === undefined)
  }
  stopWriting.abort()
  const written = (await Promise.all(writers)).flat()
  stopReading.abort()
  await log.append('telemetry.0.main.last', Buffer.from('last'))
  const read = await reading
  for (const { text, position } of written) assert.equal(read.get(position), text)
  const texts = [...read.values()]
  assert.equal(new Set(texts).size, texts.length, 'nothing is there twice')
  assert.ok(written.length > KILLS * 900)
})
