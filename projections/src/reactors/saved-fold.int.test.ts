import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { testDatabase } from '../testing/recorder.ts'
import { FoldFenced, loadFold, saveFold } from './saved-fold.ts'

const db = await testDatabase({ after })
const places = [
  { stream: 'TELEMETRY_0', position: 7, hash: Buffer.of(1, 2), marks: [] },
  { stream: 'EVENTS', position: 0, hash: undefined, marks: [] },
]

test('a state comes back as it was, however large, and in place of the one before', async () => {
  const key = { reactor: 'large', partition: 1 }
  for (const bytes of [3_000_000, 10]) {
    const saved = { codeVersion: 1, places, state: randomBytes(bytes) }
    await saveFold(db, key, 1, saved)
    assert.deepEqual(await loadFold(db, key, 1), saved)
  }
  assert.equal(await loadFold(db, { ...key, partition: 2 }, 1), undefined)
})

test('code of another version does not read it', async () => {
  const key = { reactor: 'versions', partition: 0 }
  await saveFold(db, key, 1, { codeVersion: 1, places, state: Buffer.of(1) })
  assert.equal(await loadFold(db, key, 2), undefined)
})

test('who lost the lease writes no more', async () => {
  const key = { reactor: 'fenced', partition: 0 }
  const saved = { codeVersion: 1, places, state: Buffer.of(2) }
  await saveFold(db, key, 5, saved)
  await assert.rejects(saveFold(db, key, 4, { ...saved, state: Buffer.of(1) }), FoldFenced)
  assert.deepEqual((await loadFold(db, key, 1))?.state, Buffer.of(2))
})
