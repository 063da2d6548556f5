// What a crash, a full disk or a second writer do to an archive.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import { ArchiveDamaged, ArchiveFull } from './archive.ts'
import {
  DAY_MS,
  expected,
  freshArchive,
  openDirectory,
  read,
  RecordSource,
  testingArchive,
} from './testing-archive.ts'

type Files = ReadonlyMap<string, Buffer>

async function filesOf(directory: string): Promise<Files> {
  const names = await readdir(directory)
  const contents = names.map(async (name) => [name, await readFile(join(directory, name))] as const)
  return new Map(await Promise.all(contents))
}

test('cut anywhere in its last flush, the archive is what it was before it', async (t) => {
  const { writer, directory, keys, source } = await freshArchive(t)
  const first = [source.frame(1), source.envelope('a', 1)]
  const archiver = await writer()
  await archiver.write(first, source.marks)
  const before = await filesOf(await openDirectory(directory))
  await archiver.write([source.frame(1), source.envelope('a', 2), source.tick()], source.marks)
  await archiver.close()
  const files = await openDirectory(directory)
  const after = await filesOf(files)
  const more = [source.frame(1)]
  for (const [name, bytes] of after) {
    const shortest = before.get(name)?.length ?? 0
    // Every byte of what frames a block, and some of what it seals.
    for (let size = shortest; size < bytes.length; size += size < shortest + 24 ? 1 : 23) {
      await writeFile(join(files, name), bytes.subarray(0, size))
      const reader = testingArchive(directory, keys).reader()
      assert.deepEqual(await read(reader), expected(first), `${name} cut to ${size} bytes`)
      if (size % 60 !== 7 && size !== shortest) continue
      const copy = testingArchive(await temporaryDirectory(t), keys)
      await cp(directory, copy.directory, { recursive: true })
      const next = await copy.writer()
      assert.deepEqual([next.flush, next.leaves('main'), next.leaves('system')], [1, 2, 0], `${name} ${size}`)
      await next.write(more, [])
      assert.deepEqual(await read(copy.reader()), expected(first, more))
      await next.close()
    }
    await writeFile(join(files, name), bytes)
  }
})

test('a writer that was taken over from harms nothing, whatever it still does', async (t) => {
  const { writer, reader, time, source, directory } = await freshArchive(t)
  const stale = await writer()
  const first = [source.frame(1), source.envelope('a', 1)]
  await stale.write(first, source.marks)
  const next = await writer()
  const second = [source.frame(1), source.envelope('a', 2)]
  await next.write(second, source.marks)
  await stale.write([source.frame(9)], []).catch(() => undefined)
  await stale.discard()
  await assert.rejects(stale.write([source.frame(9), source.tick()], []), 'a new file has no place')
  await stale.discard().catch(() => undefined)
  time.nowMs += DAY_MS
  await assert.rejects(stale.sealDue())
  assert.deepEqual(await read(reader()), expected(first, second))
  await next.sealDue()
  assert.deepEqual(await read(reader()), expected(first, second))
  await next.close()
  await stale.close().catch(() => undefined)
  assert.equal((await filesOf(await openDirectory(directory))).size, 0)
})

test('what lies between whole blocks and is none is named, kept, and written on behind', async (t) => {
  const { writer, reader, time, source, directory } = await freshArchive(t)
  const archiver = await writer()
  const flushes = [[source.frame(1)], [source.frame(1)], [source.frame(1)]]
  const ends: number[] = []
  for (const records of flushes) {
    await archiver.write(records, [])
    for (const [, bytes] of await filesOf(await openDirectory(directory))) ends.push(bytes.length)
  }
  await archiver.close()
  const files = await openDirectory(directory)
  const [[name, bytes] = ['', Buffer.alloc(0)]] = await filesOf(files)
  const at = (ends[0] ?? 0) + 40
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(join(files, name), bytes)
  const isNamed = (error: unknown) =>
    error instanceof ArchiveDamaged && error.segment.endsWith(name) && error.offset === ends[0]
  await assert.rejects(read(reader()), isNamed)
  const next = await writer()
  assert.equal(next.flush, 3)
  assert.equal(next.leaves('main'), 3)
  const more = [source.frame(1)]
  await next.write(more, [])
  await assert.rejects(read(reader()), (error) => error instanceof ArchiveDamaged && error.offset === ends[0])
  time.nowMs += DAY_MS
  await next.sealDue()
  await assert.rejects(read(reader()), (error) => error instanceof ArchiveDamaged && error.offset === ends[0])
  await next.close()
})

test('a flush that lost a block while later ones are there is damage, and not cut off', async (t) => {
  const { writer, reader, source, directory } = await freshArchive(t)
  const archiver = await writer()
  await archiver.write([source.frame(1), source.tick()], [])
  await archiver.write([source.frame(1)], [])
  await archiver.close()
  const files = await openDirectory(directory)
  const tick = (await readdir(files)).find((name) => name.startsWith('system'))
  await rm(join(files, tick ?? ''))
  await assert.rejects(read(reader()), ArchiveDamaged)
  const next = await writer()
  assert.equal(next.flush, 2)
  assert.equal(next.leaves('main'), 2)
  await next.close()
})

test(
  'a full disk refuses the flush, and takes it once there is room',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const mount = await temporaryDirectory(t, () =>
      promisify(execFile)('umount', ['-l', mount]).then(() => undefined),
    )
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount])
    const { writer, reader } = testingArchive(mount)
    const source = new RecordSource()
    const archiver = await writer()
    const first = [source.frame(1)]
    await archiver.write(first, source.marks)
    const ballast = join(mount, 'ballast')
    await writeFile(ballast, Buffer.alloc(1024 ** 2)).catch(() => undefined)
    const large = [{ ...source.frame(1), payload: randomBytes(200_000) }, source.tick()]
    await assert.rejects(archiver.write(large, []), ArchiveFull)
    await archiver.discard()
    assert.deepEqual(await read(reader()), expected(first))
    await assert.rejects(writer(), ArchiveFull, 'nor is there room for the copies of a new writer')
    await archiver.close()
    await rm(ballast)
    const next = await writer()
    assert.deepEqual(await next.write(large, []), { flush: 2 })
    assert.deepEqual(await read(reader()), expected(first, large))
    await next.close()
  },
)

test('an index that a crash cut short is written again', async (t) => {
  const { writer, reader, time, source, directory, store, keys } = await freshArchive(t)
  const archiver = await writer()
  const records = [source.frame(1), source.frame(2)]
  await archiver.write(records, [])
  const opened = await filesOf(await openDirectory(directory))
  await archiver.close()
  const other = testingArchive(await temporaryDirectory(t), keys)
  await cp(directory, other.directory, { recursive: true })
  other.time.nowMs += DAY_MS
  const sealing = await other.writer()
  await sealing.sealDue()
  await sealing.close()
  const [sealed] = await other.store.list()
  const whole = await other.store.read(sealed?.name ?? '')
  const files = await openDirectory(directory)
  time.nowMs += DAY_MS
  for (const [name, { length }] of opened)
    for (const size of [length + 1, length + 50, whole.length - 1, whole.length]) {
      await writeFile(join(files, name), whole.subarray(0, size))
      assert.deepEqual(await read(reader()), expected(records), `${size} of ${whole.length} bytes`)
    }
  const next = await writer()
  assert.deepEqual(await read(reader()), expected(records))
  await next.sealDue()
  await next.close()
  assert.deepEqual(await store.list(), await other.store.list())
  assert.deepEqual(await read(reader()), expected(records))
})
