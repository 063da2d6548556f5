import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import { EVERYTHING, inLogOrder, plain, readAll, RecordSource, testingArchive } from './testing-archive.ts'

test('what is written is read, flush by flush, in the order of the log', async (t) => {
  const { writer, reader } = testingArchive(await temporaryDirectory(t))
  const source = new RecordSource()
  const flushes = [
    [
      source.frame(1),
      source.tick(),
      source.frame(2),
      source.envelope('a', 1),
      source.frame(1, { lane: 'logs' }),
    ],
    [source.frame(1), source.frame(3, { tenant: 'other' })],
  ]
  const archiver = await writer()
  for (const [i, records] of flushes.entries())
    assert.deepEqual(await archiver.write(records, source.marks), { flush: i + 1 })
  assert.deepEqual(
    (await readAll(reader(), EVERYTHING)).map(plain),
    flushes.flatMap((records) => inLogOrder(records).map(plain)),
  )
  await archiver.close()
})

test('a day that is over is sealed, and reads the same', async (t) => {
  const { writer, reader, time, store } = testingArchive(await temporaryDirectory(t))
  const source = new RecordSource()
  const archiver = await writer()
  await archiver.write([source.frame(1), source.frame(1), source.envelope('a', 1)], source.marks)
  const before = await readAll(reader(), EVERYTHING)
  const heads = await reader().heads()
  time.nowMs += 24 * 3_600_000
  await archiver.sealDue()
  assert.deepEqual(await readAll(reader(), EVERYTHING), before)
  assert.deepEqual(await reader().heads(), heads)
  assert.equal((await store.list()).length, 2)
  await archiver.close()
  const next = await writer()
  assert.equal(next.flush, 1)
  assert.equal(next.leaves('main'), 3)
  assert.deepEqual(await next.headsSince(0), heads)
  assert.deepEqual((await next.headsSince(1)).chains, [])
  await next.close()
})
