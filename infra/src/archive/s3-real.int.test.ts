// The store against a real one that others run in production: OpenStack Swift with its S3 interface, from Debian.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import { testSwift } from '../testing/swift.ts'
import type { Finding } from './check-findings.ts'
import { checkArchive } from './check.ts'
import { expireSegment } from './expire.ts'
import { NotInS3, S3Refused } from './s3-errors.ts'
import { s3Store, type S3StoreOptions } from './s3-store.ts'
import { testingArchive } from './testing-archive.ts'
import { SignedFleet } from './testing-fleet.ts'
import { testingKeys } from './testing-keys.ts'

const server = await testSwift({ after })
const directory = await temporaryDirectory({ after })
const store = (options: Partial<S3StoreOptions> = {}) => s3Store({ ...server, prefix: 'secumon', ...options })
const NAME = 'main/telemetry/2026-11-21/000000000000-7.sealed'

async function segment(sizeBytes: number): Promise<{ path: string; bytes: Buffer }> {
  const path = join(directory, randomBytes(4).toString('hex'))
  const bytes = randomBytes(sizeBytes)
  await writeFile(path, bytes)
  return { path, bytes }
}

test('Swift: a segment is moved there, read in whole and in part, listed and removed', async () => {
  const { path, bytes } = await segment(5_000_000)
  await store().take(NAME, path)
  await assert.rejects(access(path))
  assert.ok((await store().read(NAME)).equals(bytes))
  assert.deepEqual(
    await store().read(NAME, { offset: 4_000_000, length: 50 }),
    bytes.subarray(4_000_000, 4_000_050),
  )
  assert.equal((await store().read(NAME, { offset: bytes.length, length: 50 })).length, 0)
  assert.deepEqual(await store().list('main/telemetry/'), [{ name: NAME, sizeBytes: bytes.length }])
  assert.deepEqual(await store().list('main/logs/'), [])
  await store().remove(NAME)
  await store().remove(NAME)
  await assert.rejects(store().read(NAME), NotInS3)
})

test('Swift: lists are whole beyond a page', async () => {
  const names = Array.from({ length: 3 }, (_, i) => `many/${i}`)
  for (const name of names) await store().take(name, (await segment(10)).path)
  const listed = await s3Store({ ...server, prefix: 'secumon', pageSize: 1 }).list('many/')
  assert.deepEqual(
    listed.map(({ name }) => name),
    names,
  )
})

test('Swift: an archive goes there segment by segment, is read and checked there, and expires', async () => {
  const archive = testingArchive(directory, testingKeys(), store({ prefix: 'archive' }))
  const fleet = new SignedFleet()
  const writer = await archive.writer()
  await writer.write([fleet.enrol(1), fleet.epoch(1), fleet.frame(1), fleet.frame(1)], [])
  archive.time.nowMs += 24 * 3_600_000
  await writer.sealDue()
  await writer.write([fleet.frame(1), fleet.renamed('a')], [])
  await writer.close()
  const found: Finding[] = []
  const check = () => checkArchive({ ...archive, onFinding: (finding) => void found.push(finding) })
  const states = (await archive.reader().segments()).map(({ state }) => state)
  assert.deepEqual(states.toSorted(), ['open', 'open', 'sealed', 'sealed'])
  assert.equal((await check()).frames, 3)
  const [segment] = await archive.store.list('main/telemetry/')
  assert.ok(segment)
  await expireSegment(archive, segment)
  assert.equal((await check()).hashesOnly, 2)
  assert.deepEqual(found, [])
})

test('Swift: another secret key or bucket is refused, and the file stays', async () => {
  const { path } = await segment(1_000)
  const wrongKey = store({ secretKey: 'another' })
  await assert.rejects(
    wrongKey.list(),
    (error) => error instanceof S3Refused && error.code === 'SignatureDoesNotMatch',
  )
  await assert.rejects(wrongKey.take(NAME, path), S3Refused)
  await assert.rejects(store({ bucket: 'none' }).take(NAME, path), /NoSuchBucket.*SECUMON_ARCHIVE_S3_BUCKET/)
  await access(path)
})
