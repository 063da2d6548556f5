import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { ArchiveBuffer } from './archive-buffer.ts'

const LIMITS = { flushBytes: 100, lingerMs: 60_000, maxBytes: 200, maxMessages: 50 }

function message(position: number, sizeBytes: number): LogMessage {
  const payload = new Uint8Array(sizeBytes)
  const hash = () => new Uint8Array(32)
  return { stream: 'TELEMETRY_0', position, subject: 's', payload, header: () => undefined, hash }
}

/** Whether it settles in this turn of the event loop. */
const isSettled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])

test('a flush is due with its bytes, in the order of arrival', async () => {
  const buffer = new ArchiveBuffer(LIMITS)
  const taking = buffer.take()
  await buffer.push([message(1, 40), message(2, 40)])
  assert.equal(await isSettled(taking), false)
  await buffer.push([message(3, 40)])
  assert.deepEqual(
    (await taking)?.map(({ position }) => position),
    [1, 2, 3],
  )
  buffer.end()
})

test('a flush is due with time', async () => {
  const buffer = new ArchiveBuffer({ ...LIMITS, lingerMs: 1 })
  await buffer.push([message(1, 1)])
  assert.equal((await buffer.take())?.length, 1)
  buffer.end()
})

test('readers wait while it is full, of bytes or of messages', async () => {
  for (const batch of [[message(1, 250)], Array.from({ length: 60 }, (_, i) => message(i, 2))]) {
    const buffer = new ArchiveBuffer(LIMITS)
    const pushing = buffer.push(batch)
    assert.equal(await isSettled(pushing), false)
    assert.equal((await buffer.take())?.length, batch.length)
    assert.equal(await isSettled(pushing), true)
    buffer.end()
  }
})

test('the end frees everybody; a failed reader is heard of', async () => {
  const [ended, failed] = [new ArchiveBuffer(LIMITS), new ArchiveBuffer(LIMITS)]
  const pushing = ended.push([message(1, 500)])
  ended.end()
  await pushing
  assert.equal(await ended.take(), undefined)
  failed.fail(new Error('first'))
  failed.fail(new Error('second'))
  await assert.rejects(failed.take(), /first/)
})
