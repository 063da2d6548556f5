// Files that are not there for a while, and come back; and what an agent finds that was not there for a while itself.

import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { storedPosition, testFiles } from '../testing/test-files.ts'

test('a file that was moved away and comes back goes on where it was', async (t) => {
  const rig = testFiles(testDirectory(t))
  const [path, away] = [join(rig.directory, 'app.log'), join(rig.directory, 'elsewhere')]
  writeFileSync(path, 'one\ntwo\n')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one', 'two'])
  renameSync(path, away)
  for (let i = 0; i < 14; i++) assert.deepEqual(await rig.drain(source), [])
  appendFileSync(away, 'three\n')
  renameSync(away, path)
  assert.deepEqual(await rig.drain(source), ['three'])
  assert.deepEqual(rig.losses, [])
  await source.close()
})

test('a directory that is not mounted at a start costs a record, and no line twice', async (t) => {
  const directory = testDirectory(t)
  const [mounted, unmounted] = [join(directory, 'logs'), join(directory, 'unmounted')]
  const rig = testFiles(mounted)
  writeFileSync(join(mounted, 'app.log'), 'one\n')
  let source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  let position = storedPosition(source)
  await source.close()
  renameSync(mounted, unmounted)
  source = await rig.open(position)
  assert.deepEqual(await rig.drain(source), [])
  assert.equal(rig.losses.length, 1)
  position = storedPosition(source)
  await source.close()
  source = await rig.open(position)
  renameSync(unmounted, mounted)
  appendFileSync(join(mounted, 'app.log'), 'two\n')
  assert.deepEqual(await rig.drain(source), ['two'])
  assert.equal(rig.losses.length, 1)
  await source.close()
})

test('what the configuration does not name any more is read no further', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  let source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  const position = storedPosition(source)
  await source.close()
  appendFileSync(path, 'private by now\n')
  source = await rig.open(position, { exclude: ['app.*'] })
  assert.deepEqual(await rig.drain(source), [])
  assert.deepEqual([source.position(), rig.losses], [[], []])
  await source.close()
})

test('copied and truncated twice while nobody looked, both copies are read in order', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  appendFileSync(path, 'two\n')
  copyFileSync(path, `${path}.2`)
  writeFileSync(path, 'three\n')
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
  appendFileSync(path, 'four\n')
  assert.deepEqual(await rig.drain(source), ['two', 'three', 'four'])
  assert.deepEqual(rig.losses, [])
  await source.close()
})

test('of files put aside while the agent was down those are read that are left, and the rest is said', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  let source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  const position = storedPosition(source)
  await source.close()
  rmSync(path)
  writeFileSync(`${path}.1`, 'three\n')
  writeFileSync(path, 'four\n')
  source = await rig.open(position)
  assert.deepEqual(await rig.drain(source), ['three', 'four'])
  assert.equal(rig.losses.length, 1)
  await source.close()
})

test('a file is followed while nobody reads', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  const source = await rig.open()
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    writeFileSync(path, `${text}\n`)
    rig.clock.runningMs += 5_000
    await source.look()
    renameSync(path, `${path}.${9 - i}`)
  }
  assert.deepEqual(await rig.drain(source), ['one', 'two', 'three'])
  await source.close()
})

test('a directory in place of a file is no file', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  rmSync(path)
  mkdirSync(path)
  assert.deepEqual(await rig.drain(source), [])
  await source.close()
})
