import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { systemClock } from '../testing/loop.ts'
import { testDatabase } from '../testing/recorder.ts'
import { FoldSaver } from './fold-saver.ts'
import { FoldFenced, loadFold, saveFold } from './saved-fold.ts'

const db = await testDatabase({ after })
const places = [
  { stream: 'TELEMETRY_0', position: 7, hash: Buffer.of(1, 2), marks: [] },
  { stream: 'EVENTS', position: 0, hash: undefined, marks: [] },
]

test('a state comes back as it was, however large, and in place of the one before', async () => {
  const key = { reactor: 'large', partition: 1 }
  for (const bytes of [3_000_000, 10]) {
    const parts = [randomBytes(bytes), randomBytes(1), Buffer.of()]
    await saveFold(db, key, 1, { codeVersion: 1, places, parts })
    assert.deepEqual(await loadFold(db, key, 1), { codeVersion: 1, places, state: Buffer.concat(parts) })
  }
  assert.equal(await loadFold(db, { ...key, partition: 2 }, 1), undefined)
})

test('code of another version does not read it', async () => {
  const key = { reactor: 'versions', partition: 0 }
  await saveFold(db, key, 1, { codeVersion: 1, places, parts: [Buffer.of(1)] })
  assert.equal(await loadFold(db, key, 2), undefined)
})

test('who lost the lease writes no more', async () => {
  const key = { reactor: 'fenced', partition: 0 }
  const saved = { codeVersion: 1, places, parts: [Buffer.of(2)] }
  await saveFold(db, key, 5, saved)
  await assert.rejects(saveFold(db, key, 4, { ...saved, parts: [Buffer.of(1)] }), FoldFenced)
  assert.deepEqual((await loadFold(db, key, 1))?.state, Buffer.of(2))
})

test('a state is made between other work, and who has to wait for it can', async () => {
  let nowMs = 0
  const clock = { nowMs: () => 0, monotonicMs: () => (nowMs += 1_000) }
  const key = { reactor: 'pieces', partition: 0 }
  const saver = new FoldSaver({ db, key, codeVersion: 1, fence: 1, clock, periodMs: 0 })
  let pieces = 0
  saver.saveWhenDue(() => ({
    further: () => (++pieces < 3 ? undefined : [Buffer.of(1), Buffer.of(2)]),
    places: async () => places,
  }))
  assert.equal(pieces, 1)
  await saver.made()
  assert.equal(pieces, 3)
  await saver.idle()
  assert.deepEqual((await loadFold(db, key, 1))?.state, Buffer.of(1, 2))
})

test('the last state is waited for no longer than told', async () => {
  const key = { reactor: 'last', partition: 0 }
  const saver = new FoldSaver({ db, key, codeVersion: 1, fence: 1, clock: systemClock })
  const { promise: never, resolve: give } = Promise.withResolvers<undefined>()
  await saver.saveLast(() => ({ further: () => [Buffer.of(1)], places: () => never }), 10)
  give(undefined)
  await saver.idle()
  assert.equal(await loadFold(db, key, 1), undefined)
  await saver.saveLast(() => ({ further: () => [Buffer.of(2)], places: async () => places }), 20_000)
  assert.deepEqual((await loadFold(db, key, 1))?.state, Buffer.of(2))
})
