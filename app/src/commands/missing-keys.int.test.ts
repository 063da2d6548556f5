// What an administrator does whose vault is older than a data key in use, against a real database, log and archive.

import { randomBytes } from 'node:crypto'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { keyring, keyringOf } from '@secumon/domain/keyring'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { agentId, EVERYTHING, readAll, RecordSource } from '@secumon/infra/archive/testing-archive'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { fold } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { silentLogger, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory, testNats, testPostgres } from '@secumon/infra/testing/servers'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { DataKeyUnknown } from '@secumon/infra/vault/key-faults'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { systemClock as clock } from '../clock.ts'
import { secumon } from '../testing/command.ts'

const TENANT = 'acme'
const [nats, postgres] = await Promise.all([testNats({ after }), testPostgres({ after })])
const [log, directory] = await Promise.all([
  testConnection({ after }, nats.url),
  temporaryDirectory({ after }),
])
const db = openDatabase({ url: postgres.url, poolSize: 3, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)

const masterKey = randomBytes(32)
const place = { directory, store: directoryStore(directory), clock, logger: silentLogger }
const command = (...args: readonly string[]) =>
  secumon(['keys', ...args], {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    SECUMON_ARCHIVE: directory,
    SECUMON_MASTER_KEY: masterKey.toString('base64'),
  })
/** As a process has them that was started now. */
const keys = () => dataKeys({ db, masterKeys: masterKeys(masterKey), clock })
const archived = async () =>
  (await readAll(openArchiveReader({ ...place, keys: keys() }), EVERYTHING)).map(({ tenant }) => tenant)

async function archiveSome(): Promise<void> {
  const source = new RecordSource()
  const writer = await openArchiveWriter({ ...place, keys: keys() })
  await writer.write([source.frame(1, { tenant: TENANT }), source.frame(2)], source.marks)
  await writer.close()
}

/** The vault as it was before the tenant had its key. */
async function loseKey(): Promise<string> {
  const { id } = await keys().current(TENANT)
  await sql`delete from vault.data_keys where tenant_id = ${TENANT}`.execute(db)
  return id
}

test('keys that the vault has lost hold up the archive until they are given up, one tenant at a time', async () => {
  await archiveSome()
  const agent = { tenant: TENANT, aggregate: 'agent', id: agentId(1) }
  const envelope = create(EnvelopeSchema, {
    commandId: 'c',
    version: 1n,
    schema: 1,
    atMs: BigInt(Date.now()),
  })
  assert.equal((await jetStreamEventStore(log, keys()).append(agent, envelope, 0)).outcome, 'appended')
  assert.match((await command('missing')).output, /no key is missing/)
  const lost = await loseKey()

  await assert.rejects(
    openArchiveWriter({ ...place, keys: keys() }),
    (error) => error instanceof DataKeyUnknown && error.message.includes('secumon keys missing'),
  )
  const missing = await command('missing')
  assert.equal(missing.code, 65, missing.output)
  assert.match(missing.output, new RegExp(`${TENANT} +${lost} +1 +1 +2`))
  assert.doesNotMatch(missing.output, /\nmain/)

  const silent = await command('forget', '--tenant', TENANT, '--yes-forget', 'other')
  assert.equal(silent.code, 64, silent.output)
  await assert.rejects(archived(), DataKeyUnknown)

  const done = await command('forget', '--tenant', TENANT, '--yes-forget', TENANT)
  assert.equal(done.code, 0, done.output)
  assert.match(done.output, /Given up: 1 key of acme/)
  await (await openArchiveWriter({ ...place, keys: keys() })).close()
  assert.deepEqual(await archived(), ['main'])
  const told = await jetStreamEventStore(log).read(keyringOf(TENANT))
  assert.deepEqual(fold(keyring, told.envelopes).forgotten, [lost])
  assert.match((await command('missing')).output, /no key is missing/)
  await archiveSome()
})

test('what is not missing is not given up', async () => {
  const { id } = await keys().current('main')
  const { code, output } = await command('forget', '--tenant', 'main', '--yes-forget', 'main')
  assert.equal(code, 0, output)
  assert.match(output, /no key of it is missing; nothing was changed/)
  assert.ok(await keys().find('main', id))
})
