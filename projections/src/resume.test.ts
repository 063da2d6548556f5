import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Checkpoint } from './checkpoints.ts'
import { resume } from './resume.ts'
import { MemoryLog } from './testing/memory-log.ts'
import { tick } from './testing/recorded.ts'

const STREAM = 'TELEMETRY_0'

async function history(): Promise<{ log: MemoryLog; checkpoint: Checkpoint }> {
  const log = new MemoryLog()
  log.append(STREAM, ...Array.from({ length: 10 }, (_, i) => tick(i)))
  const hashAt = async (position: number) =>
    (await log.messageAt(STREAM, position))?.hash() ?? new Uint8Array()
  const marks = await Promise.all(
    [2, 5, 8, 10].map(async (position) => ({
      position,
      hash: Buffer.from(await hashAt(position)).toString('base64'),
      atMs: 0,
    })),
  )
  const checkpoint = {
    projection: 'p',
    version: 1,
    stream: STREAM,
    position: 10,
    hash: await hashAt(10),
    fence: 1,
    marks,
  }
  return { log, checkpoint }
}

test('a log that still has the message goes on', async () => {
  const { log, checkpoint } = await history()
  assert.deepEqual(await resume(log, checkpoint), { checkpoint, rolledBack: false })
})

test('a log that has purged it goes on', async () => {
  const { log, checkpoint } = await history()
  log.purge(STREAM, 10)
  assert.deepEqual(await resume(log, checkpoint), { checkpoint, rolledBack: false })
})

test('a first start goes on from nothing', async () => {
  const { log, checkpoint } = await history()
  const first = { ...checkpoint, position: 0, hash: undefined, marks: [] }
  assert.deepEqual(await resume(log, first), { checkpoint: first, rolledBack: false })
})

const CASES: readonly (readonly [string, number, number, number])[] = [
  ['a log that ends before the checkpoint: the newest mark that is still there', 9, 0, 8],
  ['a log that ends before it and was filled otherwise: the newest mark that matches', 6, 20, 5],
  ['no mark matches: before the first message', 1, 20, 0],
  ['an empty log: from the start', 0, 0, 0],
]

for (const [sentence, end, filled, expected] of CASES)
  test(sentence, async () => {
    const { log, checkpoint } = await history()
    log.rollBack(STREAM, end)
    log.append(STREAM, ...Array.from({ length: filled }, (_, i) => tick(1_000 + i)))
    const resumed = await resume(log, checkpoint)
    assert.deepEqual([resumed.rolledBack, resumed.checkpoint.position], [true, expected])
  })

test('no mark matches and the beginning is purged: before the first message held', async () => {
  const { log, checkpoint } = await history()
  log.rollBack(STREAM, 0)
  log.append(STREAM, ...Array.from({ length: 12 }, (_, i) => tick(1_000 + i)))
  log.purge(STREAM, 3)
  const resumed = await resume(log, checkpoint)
  assert.deepEqual(
    [resumed.rolledBack, resumed.checkpoint.position, resumed.checkpoint.hash],
    [true, 3, undefined],
  )
})
