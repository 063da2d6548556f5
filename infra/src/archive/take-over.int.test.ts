// What a new writer finds, whatever the one before it is still doing.

import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import { ArchiveDamaged, type ArchiveStore } from './archive.ts'
import { directoryStore } from './local-store.ts'
import {
  DAY_MS,
  expected,
  freshArchive,
  openDirectory,
  read,
  RecordSource,
  testingArchive,
} from './testing-archive.ts'

/** Takes a segment in the very moment after it was listed for the first time. */
function slowStore(directory: string): ArchiveStore {
  const inner = directoryStore(directory)
  const listed = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  let isTaking = false
  return {
    ...inner,
    async take(name, localPath) {
      isTaking = true
      await listed.promise
      await inner.take(name, localPath).finally(taken.resolve)
    },
    async list(prefix) {
      const found = await inner.list(prefix)
      if (!isTaking) return found
      listed.resolve()
      await taken.promise
      return found
    },
  }
}

test('a segment that the store takes while a new writer looks around is not overlooked', async (t) => {
  const directory = await temporaryDirectory(t)
  const source = new RecordSource()
  const { reader, time, keys } = testingArchive(directory)
  const slow = testingArchive(directory, keys, slowStore(directory))
  slow.time.nowMs = time.nowMs
  const old = await slow.writer()
  const records = [source.frame(), source.frame(2)]
  await old.write(records, source.marks)
  slow.time.nowMs += DAY_MS
  await old.sealDue()
  const next = await slow.writer()
  t.after(() => next.close())
  assert.deepEqual([next.flush, next.leaves('main')], [1, 2])
  const more = [source.frame()]
  await next.write(more, [])
  assert.deepEqual(await read(reader()), expected(records, more))
  await old.close()
})

test('a committed flush that has lost a block is damage: what is left of it stays', async (t) => {
  const { writer, reader, directory, source } = await freshArchive(t)
  const old = await writer()
  await old.write([source.frame(), source.tick()], source.marks)
  await old.close()
  const files = await openDirectory(directory)
  const broken = (await readdir(files)).find((name) => name.startsWith('system')) ?? ''
  const bytes = await readFile(join(files, broken))
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  await writeFile(join(files, broken), bytes)
  const next = await writer({}, 1)
  t.after(() => next.close())
  assert.deepEqual([next.flush, next.leaves('main')], [1, 1])
  await next.write([source.frame()], source.marks)
  await assert.rejects(read(reader()), ArchiveDamaged)
  assert.ok((await readdir(await openDirectory(directory))).includes(`${broken}.damaged`))
})

for (const others of [true, false])
  test(`leaves of a damaged last block are not given out again, ${others ? 'where' : 'nor where no'} others were written with it`, async (t) => {
    const { writer, directory, source } = await freshArchive(t)
    const old = await writer()
    for (let i = 0; i < 2; i++) {
      const records = [source.frame(1), source.frame(1)]
      await old.write(others ? [...records, source.frame(2, { tenant: 'other' })] : records, source.marks)
    }
    await old.close()
    const files = await openDirectory(directory)
    const name = (await readdir(files)).find((file) => file.startsWith('main')) ?? ''
    const bytes = await readFile(join(files, name))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3)
    await writeFile(join(files, name), bytes)
    // Also after a start in which nothing was written.
    for (let i = 0; i < 2; i++) {
      const next = await writer({}, 2)
      assert.deepEqual([next.flush, next.leaves('main')], [others ? 2 : 1, 4])
      await next.close()
    }
    const now = await openDirectory(directory)
    const [kept, tail] = (await readdir(now)).filter((file) => file.startsWith('main')).toSorted()
    const whole = await readFile(join(now, kept ?? ''))
    assert.deepEqual(Buffer.concat([whole, await readFile(join(now, tail ?? ''))]), bytes)
  })

test('what a crash cut short is cut off, and its leaves are given out', async (t) => {
  const { writer, directory, source } = await freshArchive(t)
  const old = await writer()
  for (let i = 0; i < 2; i++) await old.write([source.frame(1)], source.marks)
  await old.close()
  const files = await openDirectory(directory)
  const [name = ''] = await readdir(files)
  const bytes = await readFile(join(files, name))
  await writeFile(join(files, name), bytes.subarray(0, -3))
  const next = await writer({}, 1)
  t.after(() => next.close())
  assert.deepEqual([next.flush, next.leaves('main')], [1, 1])
  assert.deepEqual(await readdir(await openDirectory(directory)), [name])
})
