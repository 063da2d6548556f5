import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { migrate } from '@secumon/migrations/migrate'
import { closeDatabase, openDatabase, type Database } from '../database/database.ts'
import { silentLogger, testClock } from '../eventlog/test-event-log.ts'
import { openArchiveReader } from '../archive/archive-reader.ts'
import { openArchiveWriter } from '../archive/archive-writer.ts'
import { directoryStore } from '../archive/local-store.ts'
import { EVERYTHING, plain, readAll, RecordSource, testingArchive } from '../archive/testing-archive.ts'
import { s3Store } from '../archive/s3-store.ts'
import { s3TestServer } from '../testing/s3-server.ts'
import { temporaryDirectory, testPostgres } from '../testing/servers.ts'
import { masterKeys } from '../vault/master-keys.ts'
import { loadOrCreateSecret } from '../vault/secrets.ts'
import { createEnrolmentToken } from '../vault/enrolment-tokens.ts'
import { ensureFirstAdmin } from '../vault/users.ts'
import { checkBackup, manifestOf, openVault } from './check-backup.ts'
import type { BackupManifest } from './manifest.ts'
import { restoreBackup } from './restore-backup.ts'
import { takeBackup, type BackupOptions } from './take-backup.ts'
import { dumpVault } from './vault-dump.ts'

const keys = { masterKeys: masterKeys(randomBytes(32)) }
const progress = () => undefined
const server = await testPostgres({ after })
const opened: Database[] = []
after(() => Promise.all(opened.map(closeDatabase)).then(() => undefined))

function open(name?: string): Database {
  const url = new URL(server.url)
  if (name !== undefined) url.pathname = name
  const options = { url: url.href, poolSize: 2, applicationName: 'test', logger: silentLogger }
  const made = openDatabase(options)
  opened.push(made)
  return made
}

const db = open()

async function newDatabase(): Promise<Database> {
  const name = `${new URL(server.url).pathname.slice(1)}_${opened.length}`
  await sql`create database ${sql.ref(name)}`.execute(db)
  return open(name)
}

const archive = testingArchive(await temporaryDirectory({ after }))
const source = new RecordSource()
const directory = await temporaryDirectory({ after })

// An installation with somebody in it, and an archive of two days, the second of which is still written.
await migrate(db)
await ensureFirstAdmin(db, { password: 'a password for tests', clock: testClock })
await loadOrCreateSecret(db, 'jwt', keys.masterKeys)
const token = { tenant: 'main', uses: 3, expiresAtMs: Date.now() + 60_000, note: 'tést' }
await createEnrolmentToken(db, token, testClock)
const writer = await archive.writer()
await write(20)
archive.time.nowMs += 86_400_000
await writer.sealDue()
await write(5)

async function write(flushes: number): Promise<void> {
  for (let i = 0; i < flushes; i++)
    await writer.write([source.frame(i % 3), source.envelope(`A${i}`, 1)], source.marks)
}

const taking = (withSealed: boolean): BackupOptions => ({
  db,
  places: archive,
  directory,
  keys,
  files: [{ name: 'configuration', path: '/etc/secumon.yaml', content: 'port: 8099\n' }],
  withSealed,
  version: '0.1.0',
  nowMs: Date.now(),
  progress,
})

const backup = (withSealed = true): Promise<BackupManifest> => takeBackup(taking(withSealed))

type Target = Pick<Parameters<typeof restoreBackup>[0], 'db' | 'archive'>

async function restore(target: Target, force = false) {
  const manifest = await manifestOf(directory)
  const vault = await openVault(directory, manifest, keys)
  return restoreBackup({ ...target, directory, manifest, vault, force, progress })
}

const newTarget = async () => {
  const place = testingArchive(await temporaryDirectory({ after }))
  return { db: await newDatabase(), archive: { ...place, keys: archive.keys } }
}

// Keys of the test's archive are not in the vault: they are the same object.
const recordsOf = async ({ directory: root }: { directory: string }) => {
  const reader = openArchiveReader({ directory: root, store: directoryStore(root), keys: archive.keys })
  return (await readAll(reader, EVERYTHING)).map(plain)
}

test('an installation is the same after a restore on an empty machine, and its archive goes on', async () => {
  const taken = await backup()
  const records = await recordsOf(archive)
  assert.equal(records.length, 50)
  assert.deepEqual(await checkBackup(directory, taken), [])
  assert.deepEqual(taken.archive.segments.map(({ state }) => state).toSorted(), [
    'open',
    'open',
    'sealed',
    'sealed',
  ])
  await write(1)
  const target = await newTarget()
  const restored = await restore(target)
  assert.deepEqual([restored.copied, restored.kept], [4, 0])
  assert.deepEqual(await dumpVault(target.db), await dumpVault(db))
  assert.deepEqual(await recordsOf(target.archive), records)
  const next = await openArchiveWriter({ ...target.archive, clock: testClock, logger: silentLogger })
  assert.equal(next.flush, taken.archive.flush)
  assert.equal(next.leaves('main'), taken.archive.tenants.find(({ tenant }) => tenant === 'main')?.leaves)
  await next.close()
})

test('no row of the vault can be read in a backup without the key', async () => {
  const manifest = await backup()
  const box = await readFile(join(directory, manifest.vault.file), 'latin1')
  for (const secret of ['admin', 'argon2', 'tést', 'port']) assert.ok(!box.includes(secret), secret)
  const { rows, files } = await openVault(directory, manifest, keys)
  assert.ok(rows.some(({ table }) => table === 'vault.users'))
  assert.equal(files[0]?.content, 'port: 8099\n')
})

test('a second backup into the directory copies what is new and leaves nothing behind', async () => {
  const first = await backup()
  const sealed = first.archive.segments.find(({ state }) => state === 'sealed')?.file ?? ''
  const { ino } = await stat(join(directory, sealed))
  await write(2)
  const second = await backup()
  assert.equal((await stat(join(directory, sealed))).ino, ino)
  assert.equal(second.archive.flush, first.archive.flush + 2)
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  assert.equal(entries.filter((entry) => entry.isFile()).length, 2 + second.archive.segments.length)
  assert.deepEqual(await checkBackup(directory, second), [])
})

test('a bit flipped, a file removed: the check names it, and nothing of it is restored', async () => {
  const manifest = await backup()
  const [sealed = '', other = ''] = manifest.archive.segments.flatMap(({ file }) => file ?? [])
  const path = join(directory, sealed)
  const whole = await readFile(path)
  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(100) ^ 4, 100)
  await writeFile(path, flipped)
  const hidden = await readFile(join(directory, other))
  await rm(join(directory, other))
  assert.deepEqual(await checkBackup(directory, manifest), [
    { file: sealed, what: 'was changed' },
    { file: other, what: 'is missing' },
  ])
  const target = await newTarget()
  await assert.rejects(restore(target), /was changed since/)
  await writeFile(path, whole)
  await writeFile(join(directory, other), hidden)
  const { copied, kept } = await restore(target)
  assert.equal(copied + kept, manifest.archive.segments.length)
  const damaged = await readFile(join(directory, 'backup.json'), 'utf8')
  await writeFile(join(directory, 'backup.json'), damaged.replace('"leaves": 5', '"leaves": 4'))
  await assert.rejects(manifestOf(directory), /checksum does not hold/)
  await writeFile(join(directory, 'backup.json'), damaged)
})

test('what is there is replaced only when asked for, and another archive is moved aside', async () => {
  await backup()
  const target = await newTarget()
  const foreign = await target.archive.writer()
  const others = new RecordSource()
  await foreign.write([others.frame(9, { tenant: 'other' })], others.marks)
  await foreign.close()
  await assert.rejects(restore(target), /holds another archive: .*other/)
  await migrate(target.db)
  await ensureFirstAdmin(target.db, { password: 'another password', clock: testClock })
  await assert.rejects(restore(target), /the database holds an installation/)
  const { aside } = await restore(target, true)
  assert.ok(aside !== undefined && (await stat(aside)).isDirectory())
  assert.deepEqual(await dumpVault(target.db), await dumpVault(db))
  assert.deepEqual(await recordsOf(target.archive), await recordsOf(archive))
  await rm(aside, { recursive: true })
})

test('a backup of a directory is restored into an object store, and back from there', async (t) => {
  const bucket = { bucket: 'evidence', accessKey: 'AKTEST', secretKey: 'a/secret+key=' }
  const server = await s3TestServer(t, bucket)
  const store = s3Store({ ...bucket, url: server.url, region: 'eu-west-3' })
  await backup()
  const place = { directory: await temporaryDirectory({ after }), store, keys: archive.keys }
  await restore({ db: await newDatabase(), archive: place })
  assert.ok(server.objects.size > 0)
  const inStore = await readAll(openArchiveReader(place), EVERYTHING)
  assert.deepEqual(inStore.map(plain), await recordsOf(archive))
  const again = await takeBackup({ ...taking(true), places: place, directory: await temporaryDirectory(t) })
  assert.deepEqual(hashesOf(again), hashesOf(await manifestOf(directory)))
})

const hashesOf = ({ archive: { segments } }: BackupManifest) =>
  segments.map(({ sha256 = '' }) => sha256).toSorted((a, b) => a.localeCompare(b))

test('where only the database was lost, the archive stays and goes on from the backup', async () => {
  await backup(false)
  await write(3)
  const records = await recordsOf(archive)
  const target = { db: await newDatabase(), archive }
  const { copied, aside } = await restore(target)
  assert.deepEqual([copied, aside], [0, undefined])
  assert.deepEqual(await recordsOf(archive), records)
  const empty = await newTarget()
  await assert.rejects(restore(empty), /neither in the backup nor in the archive/)
})
