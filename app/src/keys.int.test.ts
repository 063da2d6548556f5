// The keys' commands as an administrator runs them, against a real database and log.

import { randomBytes } from 'node:crypto'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { keyring, keyringOf } from '@secumon/domain/keyring'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { fold } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { silentLogger, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { testNats, testPostgres } from '@secumon/infra/testing/servers'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeyId, masterKeys } from '@secumon/infra/vault/master-keys'
import { migrate } from '@secumon/migrations/migrate'
import { systemClock } from './clock.ts'
import { rotate, rotateMaster, shred } from './keyring.ts'
import { secumon as command } from './testing/command.ts'

const [nats, postgres] = await Promise.all([testNats({ after }), testPostgres({ after })])
const log = await testConnection({ after }, nats.url)
const db = openDatabase({ url: postgres.url, poolSize: 3, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
const OLD = { SECUMON_MASTER_KEY: oldKey.toString('base64') }
const NEW = { SECUMON_MASTER_KEY: newKey.toString('base64') }

const vault = (key: Buffer) => dataKeys({ db, masterKeys: masterKeys(key), clock: systemClock })
const toldOf = async (tenant: string) =>
  fold(keyring, (await jetStreamEventStore(log).read(keyringOf(tenant))).envelopes)

const secumon = (args: readonly string[], environment: Record<string, string>, input = '') =>
  command(args, { NATS_URL: nats.url, DATABASE_URL: postgres.url, ...environment }, input)

const keys = { db, store: jetStreamEventStore(log), clock: systemClock }

test('keys are rotated, each time once', async () => {
  const { id } = await vault(oldKey).current(DEFAULT_TENANT)
  const made = await rotate(keys, masterKeys(oldKey), DEFAULT_TENANT)
  assert.notEqual(made, id)
  assert.equal((await vault(oldKey).current(DEFAULT_TENANT)).id, made)
  assert.equal((await toldOf(DEFAULT_TENANT)).rotatedTo, made)
})

test('a tenant is shredded only when its name is given twice', async () => {
  const { id } = await vault(oldKey).current('doomed')
  const asked = ['keys', 'shred', '--tenant', 'doomed']
  const [mistyped, silent, unknown] = await Promise.all([
    secumon(asked, {}, 'dommed\n'),
    secumon([...asked, '--yes-shred', 'dommed'], {}),
    secumon(['keys', 'shred', '--tenant', 'dommed'], {}),
  ])
  for (const { code, output } of [mistyped, silent]) {
    assert.equal(code, 64, output)
    assert.match(output, /1 key of doomed[^]*nothing was destroyed/)
  }
  assert.equal(unknown.code, 64)
  assert.match(unknown.output, /tenant dommed has no keys/)
  assert.ok(await vault(oldKey).find('doomed', id))
  const { code, output } = await secumon(asked, {}, 'doomed\n')
  assert.equal(code, 0, output)
  assert.match(output, /every leaf hash[^]*Destroyed: 1 key of doomed/)
  assert.equal(await vault(oldKey).find('doomed', id), undefined)
  assert.deepEqual((await toldOf('doomed')).shredded, [id])
  // Again, as somebody does who was not sure.
  assert.equal(await shred(keys, 'doomed'), 0)
  assert.deepEqual((await toldOf('doomed')).shredded, [id])
})

test('the master key is rotated, all or nothing; a role with another one says so and does not start', async () => {
  const { id, key } = await vault(oldKey).current(DEFAULT_TENANT)
  const [lacking, keyless, listed] = await Promise.all([
    secumon(['keys', 'rotate-master'], NEW),
    secumon(['run', 'projector'], {}),
    secumon(['keys', 'ls'], {}),
  ])
  assert.equal(lacking.code, 78)
  assert.match(lacking.output, new RegExp(`nothing was changed.*${masterKeyId(oldKey)}`))
  assert.equal(keyless.code, 78)
  assert.match(keyless.output, /SECUMON_MASTER_KEY is not set/)
  assert.match(listed.output, new RegExp(`\nmain +${id} +current .* ${masterKeyId(oldKey)}\n`))
  assert.match(listed.output, /\ndoomed +\w{26} +shredded/)
  await rotateMaster(keys, masterKeys(newKey, [oldKey]))
  assert.equal((await toldOf('system')).masterKeyId, masterKeyId(newKey))
  assert.deepEqual(await vault(newKey).find(DEFAULT_TENANT, id), key)
  const outdated = await secumon(['run', 'projector'], OLD)
  assert.equal(outdated.code, 78)
  assert.match(outdated.output, new RegExp(`wrapped with master key ${masterKeyId(newKey)}`))
})
