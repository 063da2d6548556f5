import { temporaryDirectory } from '../testing/servers.ts'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { silentLogger } from '../eventlog/test-event-log.ts'
import { freeBytes } from './reserve-file.ts'
import { Reserve } from './reserve.ts'

const MIB = 1024 ** 2
const skip = process.getuid?.() !== 0 && 'needs root'

type Disk = { readonly path: string; readonly reserves: Reserve[] }

async function smallDisk(t: TestContext, megabytes: number): Promise<Disk> {
  const reserves: Reserve[] = []
  const directory = await temporaryDirectory(t, async () => {
    await Promise.all(reserves.map((reserve) => reserve.stop()))
    execFileSync('umount', [path])
  })
  const path = join(directory, 'disk')
  await mkdir(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return { path, reserves }
}

function keep({ path, reserves }: Disk, { below = '', periodMs = 10 } = {}) {
  const registry = new Registry()
  const directory = join(path, below)
  const options = { directory, sizeBytes: 2 * MIB, logger: silentLogger, registry, periodMs }
  const reserve = Reserve.keep(options)
  reserves.push(reserve)
  return { reserve, registry, file: join(directory, 'reserve') }
}

/** Waits for a fact, at most ten seconds. */
async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await fact())) {
    assert.ok(performance.now() < deadline, 'it never came to pass')
    await delay(5)
  }
}

const fill = (disk: Disk, name: string, bytes: number) =>
  writeFile(join(disk.path, name), Buffer.alloc(bytes))

test('room that runs out is given back, and taken again when there is plenty', { skip }, async (t) => {
  const disk = await smallDisk(t, 10)
  const { reserve, registry, file } = keep(disk, { below: 'archive' })
  await until(() => existsSync(file))
  const { size, blocks } = await stat(file)
  assert.equal(size, 2 * MIB)
  assert.ok(blocks * 512 >= size, 'its blocks are written')
  await until(async () => /secumon_disk_reserve_bytes\{[^}]*\} 2097152/.test(await registry.metrics()))

  const { shortage } = reserve
  await fill(disk, 'hog', (await freeBytes(disk.path)) - MIB / 2)
  await until(() => !existsSync(file))
  assert.ok(shortage.aborted && reserve.isShort)
  assert.match(await registry.metrics(), /secumon_disk_reserve_bytes\{[^}]*\} 0/)
  await fill(disk, 'what frees the disk', MIB)

  await rm(join(disk.path, 'hog'))
  await until(() => existsSync(file) && !reserve.isShort)
  assert.ok(!reserve.shortage.aborted)
})

test('a write that meets a full disk is given the room at once', { skip }, async (t) => {
  const disk = await smallDisk(t, 10)
  // One look, before the disk is filled: a second one would give the room to what fills it.
  const { reserve, file } = keep(disk, { periodMs: 60_000 })
  await until(() => existsSync(file))
  await assert.rejects(fill(disk, 'hog', 20 * MIB), { code: 'ENOSPC' })
  await reserve.release('a block of the archive')
  assert.ok(reserve.isShort)
  await reserve.release('another one, while it is released')
  await fill(disk, 'block', MIB)
})

test('where there is no room for it, none is taken', { skip }, async (t) => {
  const disk = await smallDisk(t, 5)
  const { reserve, registry, file } = keep(disk)
  await until(async () => /secumon_disk_free_bytes\{[^}]*\} \d+/.test(await registry.metrics()))
  assert.ok(!existsSync(file) && !existsSync(`${file}.new`))
  assert.ok(!reserve.isShort, 'five megabytes are little, but not nothing')
})

test('what was there before is kept, and left when stopping', { skip }, async (t) => {
  const disk = await smallDisk(t, 10)
  const first = keep(disk)
  await until(() => existsSync(first.file))
  await first.reserve.stop()
  const { ino } = await stat(first.file)
  const second = keep(disk)
  await until(async () => /secumon_disk_reserve_bytes\{[^}]*\} 2097152/.test(await second.registry.metrics()))
  assert.equal((await stat(second.file)).ino, ino)
})
