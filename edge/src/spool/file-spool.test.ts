// What can happen to a spool's files: torn writes, flipped bits, lost segments; and its limits.

import type { Sealed } from '@secumon/contracts/frame'
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TEST_ANCHOR, testClock, testDirectory } from '../testing/chain.ts'
import { fill, open, shown } from '../testing/test-spool.ts'
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './record.ts'
import { SpoolFull } from './spool.ts'
import { Locked } from '../state/lock.ts'

const segments = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(directory, name))

async function filled(directory: string, count: number, bytes = 0, limits = {}): Promise<Sealed[]> {
  const spool = open(directory, limits)
  const frames = fill(spool, count, bytes)
  await spool.close()
  return frames
}

test('a last write torn at any byte leaves the frames before it, and the chain goes on', async (t) => {
  const directory = testDirectory(t)
  const path = join(directory, 'whole')
  const frames = await filled(path, 4)
  const [file = ''] = segments(path)
  const size = readFileSync(file).length
  const lastBytes = RECORD_HEADER_BYTES + (frames[3]?.bytes.length ?? 0)
  for (let kept = size - lastBytes; kept < size; kept++) {
    const torn = join(directory, 'torn')
    cpSync(path, torn, { recursive: true })
    truncateSync(join(torn, '0000000000000000.seg'), kept)
    const spool = open(torn)
    assert.equal(spool.head.sequence, 3, `cut at ${kept} of ${size}`)
    assert.deepEqual(spool.head.hash, frames[2]?.hash)
    fill(spool, 1)
    assert.equal(shown(spool), '1 2 3 4')
    await spool.close()
    rmSync(torn, { recursive: true })
  }
})

test('a flipped bit anywhere in a record costs that frame alone, and is told', async (t) => {
  const directory = testDirectory(t)
  const path = join(directory, 'whole')
  const frames = await filled(path, 5)
  const [file = ''] = segments(path)
  const whole = readFileSync(file)
  const sizes = frames.map(({ bytes }) => RECORD_HEADER_BYTES + bytes.length)
  const start = SEGMENT_HEADER_BYTES + (sizes[0] ?? 0) + (sizes[1] ?? 0)
  for (let at = start; at < start + (sizes[2] ?? 0); at++) {
    const flipped = Buffer.from(whole)
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at)
    writeFileSync(file, flipped)
    const spool = open(path)
    assert.equal(shown(spool), '1 2 [3-3 corrupt] 4 5', `byte ${at - start} of the record`)
    const cursor = spool.read(3)
    const entry = cursor.next()
    cursor.close()
    assert(entry?.kind === 'missing')
    assert.deepEqual(new Uint8Array(entry.missing.hashOfLast), frames[2]?.hash)
    assert.deepEqual(new Uint8Array(spool.hashAt(3) ?? []), frames[2]?.hash)
    await spool.close()
  }
})

test('damage to a segment’s header costs no frame', async (t) => {
  const directory = testDirectory(t)
  await filled(directory, 3)
  const [file = ''] = segments(directory)
  const whole = readFileSync(file)
  for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
    const flipped = Buffer.from(whole)
    flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at)
    writeFileSync(file, flipped)
    const spool = open(directory)
    assert.equal(shown(spool), '1 2 3', `byte ${at}`)
    assert.deepEqual(Buffer.from(spool.base.hash), Buffer.from(TEST_ANCHOR.hash))
    await spool.close()
  }
})

const DAMAGES = [
  { name: 'removed', damage: (file: string) => rmSync(file) },
  { name: 'overwritten with zeros', damage: (file: string) => writeFileSync(file, Buffer.alloc(9000)) },
  {
    name: 'overwritten with noise',
    damage: (file: string) => writeFileSync(file, crypto.getRandomValues(new Uint8Array(9000))),
  },
]
for (const { name, damage } of DAMAGES) {
  test(`a segment in the middle that was ${name} becomes one stretch of missing frames`, async (t) => {
    const directory = testDirectory(t)
    const frames = await filled(directory, 60, 3000, { maxBytes: 1024 ** 2 })
    const files = segments(directory)
    assert.ok(files.length >= 3)
    const first = Number(files[1]?.slice(-20, -4)) + 1
    const last = Number(files[2]?.slice(-20, -4))
    damage(files[1] ?? '')
    const spool = open(directory, { maxBytes: 1024 ** 2 })
    assert.match(shown(spool), new RegExp(` ${first - 1} \\[${first}-${last} corrupt\\] ${last + 1} .*60$`))
    assert.deepEqual(Buffer.from(spool.hashAt(last) ?? []), Buffer.from(frames[last - 1]?.hash ?? []))
    assert.equal(spool.head.sequence, 60)
    await spool.close()
  })
}

test('a segment damaged while it is being read does not stop the reader', async (t) => {
  const directory = testDirectory(t)
  const spool = open(directory)
  fill(spool, 6)
  const cursor = spool.read(1)
  cursor.next()
  const [file = ''] = segments(directory)
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xff, SEGMENT_HEADER_BYTES + 300))
  const entry = cursor.next()
  assert(entry?.kind === 'missing')
  assert.deepEqual([entry.missing.first, entry.missing.last], [2, 6])
  assert.equal(cursor.next(), undefined)
  fill(spool, 1)
  assert.equal(cursor.next()?.kind, 'frame')
  cursor.close()
  await spool.close()
})

test('frames older than the limit of running time are dropped, whatever the wall clock says', async (t) => {
  const directory = testDirectory(t)
  const clock = testClock()
  const limits = { maxAgeMs: 64_000 }
  let spool = open(directory, limits, clock)
  for (let second = 0; second < 100; second++) {
    fill(spool, 1)
    clock.runningMs += 1_000
    clock.wallMs += second % 2 === 0 ? 90_000_000 : -90_000_000
  }
  assert.ok(spool.base.sequence >= 30 && spool.base.sequence <= 36, `base ${spool.base.sequence}`)
  await spool.close()
  // A month switched off, in another boot, ages nothing.
  clock.bootId = '99999999-8888-7777-6666-555555555555'
  clock.wallMs += 30 * 86_400_000
  clock.runningMs = 5
  spool = open(directory, limits, clock)
  const base = spool.base.sequence
  fill(spool, 1)
  assert.ok(spool.base.sequence <= base + 3)
  await spool.close()
})

test('running time goes on where the last segment was begun and nothing more was written', async (t) => {
  const directory = testDirectory(t)
  const clock = testClock()
  const limits = { maxAgeMs: 64_000 }
  let spool = open(directory, limits, clock)
  for (let second = 0; second < 30; second++) {
    fill(spool, 1)
    clock.runningMs += 1_000
  }
  await spool.close()
  truncateSync(segments(directory).at(-1) ?? '', SEGMENT_HEADER_BYTES)
  spool = open(directory, limits, clock)
  clock.runningMs += 45_000
  fill(spool, 1)
  assert.ok(spool.base.sequence >= 8, `base ${spool.base.sequence}`)
  await spool.close()
})

test('the bytes on disk stay within the limit', async (t) => {
  const directory = testDirectory(t)
  const maxBytes = 200_000
  const spool = open(directory, { maxBytes })
  for (let i = 0; i < 300; i++) {
    fill(spool, 1, (i * 977) % 20_000)
    const onDisk = segments(directory).reduce((sum, file) => sum + readFileSync(file).length, 0)
    assert.ok(onDisk <= maxBytes, `${onDisk} bytes`)
  }
  assert.ok(spool.head.sequence - spool.base.sequence > 5)
  await spool.close()
})

test('a frame that cannot fit at all is refused, and the spool is as it was', async (t) => {
  const spool = open(testDirectory(t), { maxBytes: 20_000 })
  fill(spool, 3)
  assert.throws(() => fill(spool, 1, 30_000), SpoolFull)
  fill(spool, 1)
  assert.equal(shown(spool, spool.base.sequence + 1).endsWith('3 4'), true)
  await spool.close()
})

test('a living process keeps its lock, a damaged lock holds nobody', async (t) => {
  const directory = testDirectory(t)
  const spool = open(directory)
  assert.throws(() => open(directory), Locked)
  await spool.close()
  const lock = join(directory, 'lock')
  for (const holder of ['', '1:5:another-boot', `${process.pid}:1:x`, '-3:1:x', 'null']) {
    if (holder === '') writeFileSync(lock, 'a file, not a link')
    else symlinkSync(holder, lock)
    await open(directory).close()
  }
})

test('a spool whose files were lost begins again, and knows that nothing of it was sent', async (t) => {
  const directory = testDirectory(t)
  const spool = open(directory)
  fill(spool, 3)
  await spool.sync()
  spool.free(2)
  await spool.close()
  for (const file of segments(directory)) rmSync(file)
  const again = open(directory)
  assert.deepEqual({ ...again.head }, { ...TEST_ANCHOR })
  assert.deepEqual([again.pristine, again.durable], [true, 0])
  await again.close()
})

test('sync may run beside appends that roll the file', async (t) => {
  const spool = open(testDirectory(t), { maxBytes: 1024 ** 2 })
  const syncs: Promise<void>[] = []
  for (let i = 0; i < 100; i++) {
    fill(spool, 1, 4000)
    syncs.push(spool.sync())
    if (i % 10 === 0) await syncs.at(-1)
  }
  await Promise.all(syncs)
  assert.equal(spool.synced, 100)
  await spool.close()
})
