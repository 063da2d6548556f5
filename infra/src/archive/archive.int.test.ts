import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import {
  agentId,
  EVERYTHING,
  DAY_MS,
  expected,
  freshArchive,
  openDirectory,
  read,
  readAll,
} from './testing-archive.ts'

test('what is written is read, flush by flush, in the order of the log', async (t) => {
  const { writer, reader, source } = await freshArchive(t)
  const logs = source.frame(1, { lane: 'logs' })
  const flushes = [
    [source.frame(1), source.tick(), source.frame(2), source.envelope('a', 1), logs],
    [source.frame(1), source.frame(3, { tenant: 'other' })],
  ]
  const archiver = await writer()
  for (const [i, records] of flushes.entries())
    assert.deepEqual(await archiver.write(records, source.marks), { flush: i + 1 })
  assert.deepEqual(await read(reader()), expected(...flushes))
  const leaves = (await readAll(reader(), { ...EVERYTHING, tenant: 'main' })).map(({ leaf }) => leaf)
  assert.deepEqual(
    leaves.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  )
  assert.equal(archiver.leaves('main'), 5)
  await archiver.close()
})

test('a day that is over is sealed, and reads the same', async (t) => {
  const { writer, reader, time, store, source } = await freshArchive(t)
  const archiver = await writer()
  await archiver.write([source.frame(1), source.frame(1), source.envelope('a', 1)], source.marks)
  const before = await readAll(reader(), EVERYTHING)
  const heads = await reader().heads()
  time.nowMs += DAY_MS
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

test('heads tell of each chain, aggregate and stream what the newest flush said', async (t) => {
  const { writer, reader, source } = await freshArchive(t)
  const archiver = await writer()
  await archiver.write([source.frame(1), source.envelope('a', 1), source.envelope('a', 2)], source.marks)
  await archiver.write([source.frame(1), source.frame(1)], source.marks)
  for (const { chains, aggregates, marks, flush } of [await archiver.headsSince(0), await reader().heads()]) {
    assert.equal(flush, 2)
    assert.deepEqual(
      chains.map(({ tenant, agent, epoch, lane, sequence }) => ({ tenant, agent, epoch, lane, sequence })),
      [{ tenant: 'main', agent: agentId(1), epoch: 1, lane: 'telemetry', sequence: 3 }],
    )
    assert.deepEqual(chains[0]?.hash, source.head(1).hash)
    const aggregate = { tenant: 'main', aggregate: 'agent', id: 'a' }
    assert.deepEqual(aggregates, [{ ...aggregate, version: 2, commandId: 'a-2' }])
    assert.deepEqual(new Set(marks), new Set(source.marks))
  }
  const since = await archiver.headsSince(1)
  assert.deepEqual(since.aggregates, [])
  assert.deepEqual(since.chains, (await reader().heads(1)).chains)
  await archiver.close()
})

test('a filter reads what it names and nothing else', async (t) => {
  const { writer, reader, time, source } = await freshArchive(t)
  const archiver = await writer()
  const flushes = [
    [source.frame(1), source.envelope('a', 1)],
    [source.frame(2), source.envelope('b', 1)],
    [source.frame(1, { tenant: 'other' }), source.frame(2)],
  ]
  for (const records of flushes) await archiver.write(records, [])
  for (const state of ['open', 'sealed']) {
    const flushesOf = async (filter: Partial<typeof EVERYTHING>) =>
      (await readAll(reader(), { ...EVERYTHING, ...filter })).map(({ flush, kind }) => `${flush} ${kind}`)
    assert.deepEqual(
      await flushesOf({ agents: new Set([agentId(1)]) }),
      ['1 telemetry', '3 telemetry'],
      state,
    )
    assert.deepEqual(await flushesOf({ aggregates: new Set(['agent/b']) }), ['2 events'], state)
    assert.deepEqual(await flushesOf({ tenant: 'other' }), ['3 telemetry'], state)
    assert.deepEqual(await flushesOf({ kinds: ['events'], afterFlush: 1 }), ['2 events'], state)
    assert.deepEqual(await flushesOf({ untilFlush: 1 }), ['1 events', '1 telemetry'], state)
    time.nowMs += DAY_MS
    await archiver.sealDue()
  }
  await archiver.close()
})

test('a write that is discarded has never been', async (t) => {
  const { writer, reader, directory, source } = await freshArchive(t)
  const archiver = await writer()
  const kept = [source.frame(1)]
  await archiver.write(kept, source.marks)
  const heads = await reader().heads()
  await archiver.write([source.frame(1), source.envelope('a', 1)], source.marks)
  await archiver.discard()
  assert.equal(archiver.flush, 1)
  assert.equal(archiver.leaves('main'), 1)
  assert.deepEqual(await read(reader()), expected(kept))
  assert.deepEqual(await archiver.headsSince(0), heads)
  assert.equal((await readdir(await openDirectory(directory))).length, 1)
  const again = [source.frame(2), source.frame(2)]
  assert.deepEqual(await archiver.write(again, source.marks), { flush: 2 })
  assert.deepEqual(await read(reader()), expected(kept, again))
  await archiver.close()
})

test('a reader sees the flush that took the place of a discarded one', async (t) => {
  const { writer, reader, source } = await freshArchive(t)
  const archiver = await writer()
  const one = reader()
  const kept = [source.frame(1)]
  await archiver.write(kept, [])
  await archiver.write([source.tick()], [])
  assert.equal((await read(one)).length, 2)
  await archiver.discard()
  const again = [source.tick()]
  await archiver.write(again, [])
  assert.deepEqual(await read(one), expected(kept, again))
  await archiver.close()
})
