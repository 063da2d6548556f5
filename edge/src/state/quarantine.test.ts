import assert from 'node:assert/strict'
import fs, { readdirSync, statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SpoolRecord } from '../spool/spool.ts'
import { AT, TEST_CHAIN, testDirectory } from '../testing/chain.ts'
import { Quarantine } from './quarantine.ts'

const record = (sequence: number, bytes: number): SpoolRecord => ({
  ...AT,
  sequence,
  bytes: new Uint8Array(bytes),
  signature: new Uint8Array(64),
})

const kept = (directory: string): string[] => readdirSync(directory).filter((name) => name.endsWith('.frame'))

test('the oldest make room, also those of an earlier start', (t) => {
  const directory = testDirectory(t)
  for (let sequence = 1; sequence <= 40; sequence++)
    new Quarantine(directory).keep(TEST_CHAIN, record(sequence, 512 * 1024), 'a test')
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  assert.ok(bytes <= 16 * 1024 ** 2, `${bytes}`)
  assert.equal(kept(directory).length, 31)
  assert.match(kept(directory).at(-1) ?? '', /40\.frame$/)
})

test('the same frame twice is one file, and a file that a person took is not missed', (t) => {
  const directory = testDirectory(t)
  const quarantine = new Quarantine(directory)
  for (let round = 0; round < 2; round++) quarantine.keep(TEST_CHAIN, record(1, 1024), 'a test')
  assert.equal(kept(directory).length, 1)
  fs.rmSync(join(directory, kept(directory)[0] ?? ''))
  for (let sequence = 2; sequence <= 40; sequence++)
    quarantine.keep(TEST_CHAIN, record(sequence, 512 * 1024), 'a test')
  assert.equal(kept(directory).length, 31)
})

test('a whole spool set aside reads the directory once', (t) => {
  const quarantine = new Quarantine(testDirectory(t))
  const reads = t.mock.method(fs, 'statSync')
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  for (let sequence = 1; sequence <= 200; sequence++)
    quarantine.keep(TEST_CHAIN, record(sequence, 10), 'a test')
  assert.equal(reads.mock.callCount(), 0)
})
