// A spool on a disk, or a file system, that cannot flush.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { test, type TestContext } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { fill, open } from '../testing/test-spool.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

function breakFlush(t: TestContext, code: string): void {
  t.mock.method(fs, 'fdatasync', (_: number, answer: (error: Error) => void) => answer(failure(code)))
  t.mock.method(fs, 'fdatasyncSync', () => {
    throw failure(code)
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
}

test('what is submitted although the disk cannot flush counts as submitted', async (t) => {
  const spool = open(testDirectory(t))
  fill(spool, 1)
  breakFlush(t, 'EIO')
  await assert.rejects(spool.sync(), /EIO/)
  assert.equal(spool.pristine, false)
  await assert.rejects(spool.close(), /EIO/)
})

test('a file system that knows no flushing holds as many segments as any other', async (t) => {
  breakFlush(t, 'EINVAL')
  const spool = open(testDirectory(t), { maxBytes: 256 * 1024 })
  fill(spool, 200, 3_000)
  assert.equal(spool.head.sequence, 200)
  await spool.sync()
  assert.equal(spool.synced, 200)
  await spool.close()
})
