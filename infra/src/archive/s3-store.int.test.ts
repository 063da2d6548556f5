// The store against a server in memory that checks every signature and fails when told to. The real one:
// s3-real.int.test.ts.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { s3TestServer, type Fault } from '../testing/s3-server.ts'
import { temporaryDirectory } from '../testing/servers.ts'
import { NotInS3, S3Refused, S3Unavailable } from './s3-errors.ts'
import { s3Store, type S3StoreOptions } from './s3-store.ts'

const keys = { bucket: 'evidence', accessKey: 'AKTEST', secretKey: 'a/secret+key=' }
const NAME = 'main/telemetry/2026-11-21/000000000000-7.sealed'

async function setUp(context: TestContext, options: Partial<S3StoreOptions> = {}) {
  const server = await s3TestServer(context, keys)
  const store = s3Store({ ...keys, url: server.url, region: 'eu-west-3', pauseMs: 1, ...options })
  const path = join(await temporaryDirectory(context), 'segment')
  const bytes = randomBytes(300_000)
  await writeFile(path, bytes)
  return { server, store, path, bytes }
}

const isGone = (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  )

test('a segment is moved into the bucket, read in whole and in part, and removed', async (context) => {
  const { server, store, path, bytes } = await setUp(context, { prefix: 'secumon/a b' })
  await store.take(NAME, path)
  assert.ok(await isGone(path))
  assert.deepEqual([...server.objects.keys()], [`secumon/a b/${NAME}`])
  assert.deepEqual(await store.read(NAME), bytes)
  assert.deepEqual(await store.read(NAME, { offset: 7, length: 100 }), bytes.subarray(7, 107))
  assert.deepEqual(await store.read(NAME, { offset: 299_990, length: 100 }), bytes.subarray(299_990))
  assert.equal((await store.read(NAME, { offset: 300_000, length: 1 })).length, 0)
  await store.remove(NAME)
  await store.remove(NAME)
  await assert.rejects(store.read(NAME), NotInS3)
})

test('a list of many pages is whole, in order and without the prefix', async (context) => {
  const { server, store } = await setUp(context, { prefix: 'p' })
  const names = Array.from({ length: 10 }, (_, i) => `main/events/2026-11-21/${i}&more`)
  for (const name of names) server.objects.set(`p/${name}`, { body: Buffer.alloc(5), meta: {} })
  server.objects.set('other/thing', { body: Buffer.alloc(1), meta: {} })
  assert.deepEqual(
    await store.list(),
    names.map((name) => ({ name, sizeBytes: 5 })),
  )
  assert.equal((await store.list('main/events/2026-11-21/3')).length, 1)
  assert.deepEqual(await store.list('none/'), [])
})

const passing: Record<string, Fault[]> = {
  'answers that ask for patience': [
    { method: 'PUT', does: { status: 500, code: 'InternalError' } },
    { method: 'PUT', does: { status: 503, code: 'SlowDown' } },
    { method: 'PUT', does: { status: 429, code: 'TooManyRequests' } },
    { method: 'HEAD', does: { status: 503, code: 'SlowDown' } },
  ],
  'connections dropped within the upload': [
    { method: 'PUT', does: { dropAfterBytes: 1 } },
    { method: 'PUT', does: { dropAfterBytes: 200_000 } },
  ],
  'a byte damaged on the way': [{ method: 'PUT', does: 'damage' }],
  'a server that says nothing': [{ method: 'PUT', does: 'silence' }],
}
for (const [what, faults] of Object.entries(passing))
  test(`an upload survives ${what}`, async (context) => {
    const { server, store, path, bytes } = await setUp(context, { timeoutMs: 1_500 })
    server.faults.push(...faults)
    await store.take(NAME, path)
    assert.equal(server.faults.length, 0)
    assert.deepEqual(server.objects.get(NAME)?.body, bytes)
    assert.ok(await isGone(path))
  })

test('a download cut off is read again', async (context) => {
  const { server, store, path, bytes } = await setUp(context)
  await store.take(NAME, path)
  server.faults.push({ method: 'GET', does: 'cut' })
  assert.deepEqual(await store.read(NAME), bytes)
})

test('a store that stays ill is told apart from one that refuses, and the local file stays', async (context) => {
  const { server, store, path, bytes } = await setUp(context, { attempts: 3 })
  for (let i = 0; i < 3; i++)
    server.faults.push({ method: 'PUT', does: { status: 500, code: 'InternalError' } })
  await assert.rejects(
    store.take(NAME, path),
    (error) => error instanceof S3Unavailable && /500 InternalError/.test(error.message),
  )
  assert.deepEqual(await readFile(path), bytes)
})

const wrong: { what: string; options: Partial<S3StoreOptions>; code: string; says: RegExp }[] = [
  {
    what: 'an unknown access key',
    options: { accessKey: 'AKOTHER' },
    code: 'AccessDenied',
    says: /list, get, put and delete/,
  },
  {
    what: 'a bucket that is not there',
    options: { bucket: 'none' },
    code: 'NoSuchBucket',
    says: /SECUMON_ARCHIVE_S3_BUCKET/,
  },
]
for (const { what, options, code, says } of wrong)
  test(`${what}: refused at once, with what to do`, async (context) => {
    const { server, store, path } = await setUp(context, options)
    await assert.rejects(
      store.take(NAME, path),
      (error) => error instanceof S3Refused && error.code === code && says.test(error.message),
    )
    assert.equal(server.requests.filter((line) => line.startsWith('PUT')).length <= 1, true)
    assert.equal(await isGone(path), false)
  })

test('a wrong secret key is named as such where the store says so', async (context) => {
  const { store } = await setUp(context, { secretKey: 'another' })
  await assert.rejects(store.list(), /SignatureDoesNotMatch.*SECUMON_ARCHIVE_S3_SECRET_KEY/)
})

test('what was uploaded before a crash is not uploaded again; another content under the name is a conflict', async (context) => {
  const { server, store, path, bytes } = await setUp(context)
  await store.take(NAME, path)
  await writeFile(path, bytes)
  await store.take(NAME, path)
  assert.equal(server.requests.filter((line) => line.startsWith('PUT')).length, 1)
  await writeFile(path, randomBytes(300_000))
  await assert.rejects(
    store.take(NAME, path),
    (error) => error instanceof S3Refused && error.code === 'Conflict',
  )
  assert.deepEqual(server.objects.get(NAME)?.body, bytes)
  assert.equal(await isGone(path), false)
})
