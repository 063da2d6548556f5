// Files that are not there for a while, and come back; and what an agent finds that was not there for a while itself.

import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
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

test('nor are copies of it read', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, '')
  let source = await rig.open()
  const position = storedPosition(source)
  await source.close()
  writeFileSync(`${path}.1`, 'private by now\n')
  source = await rig.open(position, { exclude: ['app.*'] }, Date.now() - 60_000)
  assert.deepEqual(await rig.drain(source), [])
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

test('truncated unread, a file is read from its copy; and where there is none, the loss is told', async (t) => {
  const rig = testFiles(testDirectory(t))
  rig.clock.wallMs = Date.now() - 60_000
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, '')
  utimesSync(path, 0, 0)
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), [])
  writeFileSync(path, 'one\n')
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
  assert.deepEqual(await rig.drain(source), ['one'])
  assert.deepEqual(rig.losses, [])
  appendFileSync(path, 'two\n')
  rig.clock.runningMs += 5_000
  await source.look()
  truncateSync(path)
  assert.deepEqual(await rig.drain(source), [])
  assert.deepEqual(
    rig.losses.map(({ lines, bytes }) => [lines, bytes]),
    [[0, 4]],
  )
  appendFileSync(path, 'three\n')
  assert.deepEqual(await rig.drain(source), ['three'])
  assert.equal(rig.losses.length, 1)
  await source.close()
})

test('a file that is truncated once, unread or not, is told as lost once', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  truncateSync(path)
  assert.deepEqual(await rig.drain(source), [])
  appendFileSync(path, 'x\n')
  assert.deepEqual(await rig.drain(source), ['x'])
  assert.equal(rig.losses.length, 1)
  await source.close()
})

test('a copy of a file of which nothing was read is read when it was made since', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, '')
  let source = await rig.open()
  assert.deepEqual(await rig.drain(source), [])
  const position = storedPosition(source)
  await source.close()
  writeFileSync(path, 'one\n')
  copyFileSync(path, `${path}.1`)
  writeFileSync(path, 'two\n')
  source = await rig.open(position, {}, Date.now() - 60_000)
  assert.deepEqual(await rig.drain(source), ['one', 'two'])
  await source.close()
})

test('a second copy made while the agent was down is read from where the file was', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\n')
  let source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one'])
  copyFileSync(path, `${path}.1`)
  writeFileSync(path, 'two\n')
  assert.deepEqual(await rig.drain(source), ['two'])
  const position = storedPosition(source)
  await source.close()
  appendFileSync(path, 'three\n')
  renameSync(`${path}.1`, `${path}.2`)
  copyFileSync(path, `${path}.1`)
  writeFileSync(path, 'four\n')
  source = await rig.open(position)
  assert.deepEqual(await rig.drain(source), ['three', 'four'])
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
  source = await rig.open(position, {}, Date.now() - 60_000)
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

test('files that had the name and lost it between two looks are read, each once', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  let seconds = Date.now() / 1_000
  // Files that are written one right after another may bear the same time.
  const write = (text: string): void => {
    writeFileSync(path, text)
    utimesSync(path, seconds, ++seconds)
  }
  const source = await rig.open()
  write('1\n')
  assert.deepEqual(await rig.drain(source), ['1'])
  for (let i = 2; i < 12; i++) {
    if (i % 3 === 0) assert.equal((await rig.drain(source)).length, i === 3 ? 1 : 3)
    for (let k = 12; k >= 1; k--)
      if (existsSync(`${path}.${k}`)) renameSync(`${path}.${k}`, `${path}.${k + 1}`)
    renameSync(path, `${path}.1`)
    write(`${i}\n`)
  }
  assert.deepEqual(await rig.drain(source), ['9', '10', '11'])
  for (let i = 0; i < 14; i++) assert.deepEqual(await rig.drain(source), [])
  // Long after it was let go.
  appendFileSync(`${path}.1`, 'late\n')
  renameSync(`${path}.1`, `${path}.99`)
  renameSync(path, `${path}.1`)
  utimesSync(`${path}.99`, seconds, ++seconds)
  write('last\n')
  assert.deepEqual(await rig.drain(source), ['late', 'last'])
  assert.deepEqual(rig.losses, [])
  await source.close()
})
