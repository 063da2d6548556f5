// What is left of records that have expired or were shredded, and what a reader sees while all this happens.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ArchiveDamaged, type ArchivedRecord } from './archive.ts'
import { expireSegment } from './expire.ts'
import { DAY_MS, expected, EVERYTHING, freshArchive, leavesOf, plain, read } from './testing-archive.ts'

test('records expire; their leaves and the heads of their chains stay', async (t) => {
  const { writer, reader, time, store, directory, source } = await freshArchive(t)
  const archiver = await writer()
  const kept = [source.envelope('a', 1)]
  await archiver.write([source.frame(1), source.frame(2), ...kept], source.marks)
  await archiver.write([source.frame(1)], source.marks)
  time.nowMs += DAY_MS
  await archiver.sealDue()
  const one = reader()
  const before = { leaves: await leavesOf(one, 'main'), heads: await one.heads() }
  const [segment] = await one.segments({ kind: 'telemetry' })
  assert.ok(segment)
  const stub = await expireSegment({ directory, store }, segment)
  for (const each of [one, reader()]) {
    assert.deepEqual(await leavesOf(each, 'main'), before.leaves)
    assert.deepEqual(await leavesOf(each, 'main', 2), before.leaves.slice(2))
    assert.deepEqual(await each.heads(), before.heads)
    assert.deepEqual(await read(each), expected(kept))
  }
  const [left, ...others] = await one.segments({ kind: 'telemetry' })
  assert.deepEqual(left, { ...segment, name: stub, state: 'hashes', sizeBytes: left?.sizeBytes })
  assert.deepEqual(others, [])
  await archiver.close()
  const next = await writer()
  assert.equal(next.leaves('main'), 4)
  await next.close()
})

test('a damaged segment does not expire', async (t) => {
  const { writer, reader, time, store, directory, source } = await freshArchive(t)
  const archiver = await writer()
  await archiver.write([source.frame(1)], [])
  time.nowMs += DAY_MS
  await archiver.sealDue()
  await archiver.close()
  const [segment] = await reader().segments()
  assert.ok(segment)
  const path = join(directory, segment.name)
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(150) ^ 4, 150)
  await writeFile(path, bytes)
  await assert.rejects(expireSegment({ directory, store }, segment), ArchiveDamaged)
  assert.deepEqual(await reader().segments(), [segment])
})

test('a segment that expires while it is read ends there, without an error', async (t) => {
  const { writer, reader, time, store, directory, source } = await freshArchive(t)
  const archiver = await writer({ maxSegmentBlocks: 1 })
  const flushes: ArchivedRecord[][] = []
  for (let i = 0; i < 4; i++) {
    const records = [source.frame(1), source.envelope('a', i + 1)]
    flushes.push(records)
    await archiver.write(records, [])
  }
  time.nowMs += DAY_MS
  await archiver.sealDue()
  await archiver.close()
  const found: ReturnType<typeof plain>[] = []
  for await (const { flush, records } of reader().flushes(EVERYTHING)) {
    found.push(...records.map(plain))
    if (flush !== 2) continue
    for (const segment of await reader().segments({ kind: 'telemetry' }))
      if (segment.state === 'sealed') await expireSegment({ directory, store }, segment)
  }
  const events = (records: ArchivedRecord[]) => records.filter(({ kind }) => kind === 'events')
  assert.deepEqual(
    found,
    flushes.flatMap((records, i) => expected(i < 2 ? records : events(records))),
  )
})

test('a shredded tenant is gone but for its leaves; others are not touched', async (t) => {
  const { writer, reader, time, keys, source } = await freshArchive(t)
  const archiver = await writer()
  const other = [source.frame(1, { tenant: 'other' })]
  await archiver.write([source.frame(1), source.envelope('a', 1), ...other], source.marks)
  const leaves = await leavesOf(reader(), 'main')
  keys.shred('main')
  assert.deepEqual(await read(reader()), expected(other))
  assert.deepEqual(await leavesOf(reader(), 'main'), leaves)
  await archiver.close()
  const next = await writer()
  assert.equal(next.leaves('main'), 2)
  const later = [source.frame(2)]
  await next.write(later, [])
  assert.deepEqual(await read(reader()), expected(other, later))
  assert.deepEqual((await leavesOf(reader(), 'main')).slice(0, 2), leaves)
  await next.sealDue()
  assert.equal(
    (await reader().segments({ tenant: 'main' })).filter(({ state }) => state === 'sealed').length,
    2,
  )
  time.nowMs += DAY_MS
  await next.sealDue()
  assert.deepEqual(await read(reader()), expected(other, later))
  await next.close()
})

test('keys are rotated in the middle of a segment', async (t) => {
  const { writer, reader, keys, source } = await freshArchive(t)
  const archiver = await writer()
  const first = [source.frame(1)]
  const second = [source.frame(1)]
  await archiver.write(first, [])
  keys.rotate('main')
  await archiver.write(second, [])
  assert.deepEqual(await read(reader()), expected(first, second))
  await archiver.close()
})

test('a reader sees whole flushes only, whatever is written, sealed and taken over meanwhile', async (t) => {
  const { writer, reader, time, source } = await freshArchive(t)
  const FLUSHES = 24
  const RECORDS = 3
  const flushes: ArchivedRecord[][] = []
  let written = 0
  const writing = (async () => {
    let archiver = await writer({ maxSegmentBlocks: 7 })
    for (let i = 0; i < FLUSHES; i++) {
      const more = i % 3 === 0 ? [source.frame(1, { tenant: `t${i}` })] : [source.envelope('a', i)]
      const records = [source.frame(1), ...more, source.tick()]
      flushes.push(records)
      await archiver.write(records, source.marks)
      written++
      if (i % 11 === 5) {
        await archiver.close()
        archiver = await writer({ maxSegmentBlocks: 7 })
      }
      await archiver.sealDue()
    }
    time.nowMs += DAY_MS
    await archiver.sealDue()
    await archiver.close()
  })()
  const one = reader()
  for (let seen = 0; seen < FLUSHES;) {
    const atLeast = written
    const found = await read(one)
    seen = Math.ceil(found.length / RECORDS)
    assert.ok(seen >= atLeast, `${seen} of at least ${atLeast} flushes`)
    assert.deepEqual(found, expected(...flushes.slice(0, seen)))
    const heads = await one.heads()
    assert.ok(heads.flush >= seen)
  }
  await writing
  assert.deepEqual(await read(one), expected(...flushes))
})
