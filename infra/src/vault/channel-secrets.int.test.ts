import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { dumpVault } from '../backup/vault-dump.ts'
import { testClock } from '../eventlog/test-event-log.ts'
import { testDatabase } from '../testing/database.ts'
import { channelSecrets } from './channel-secrets.ts'
import { dataKeys } from './data-keys.ts'
import { shredDataKeys } from './key-acts.ts'
import { masterKeys, SecretSealed } from './master-keys.ts'

const cleanUps: (() => Promise<void>)[] = []
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})
const db = await testDatabase({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
const keysOf = () => dataKeys({ db, masterKeys: masterKey, clock: testClock })
const masterKey = masterKeys(randomBytes(32))
const secrets = channelSecrets({ db, keys: keysOf(), clock: testClock })
const place = (tenant: string, channel: string) => ({ tenant, channel })

test('each setting is a version of its own, and only its own channel reads it', async () => {
  const here = place('main', 'C1')
  assert.equal(await secrets.put(here, { url: 'https://hooks.example/one', token: 'ab' }), 1)
  assert.equal(await secrets.put(here, { url: 'https://hooks.example/two' }), 2)
  assert.deepEqual(await secrets.get({ ...here, version: 1 }), {
    url: 'https://hooks.example/one',
    token: 'ab',
  })
  assert.deepEqual(await secrets.get({ ...here, version: 2 }), { url: 'https://hooks.example/two' })
  assert.deepEqual(await secrets.names({ ...here, version: 1 }), ['token', 'url'])
  assert.equal(await secrets.get({ ...here, version: 3 }), undefined)
  assert.equal(await secrets.get({ ...place('other', 'C1'), version: 1 }), undefined)
})

test('ten who set at once get ten versions', async () => {
  const here = place('main', 'C2')
  const made = await Promise.all(Array.from({ length: 10 }, (_, i) => secrets.put(here, { n: String(i) })))
  assert.deepEqual(
    made.toSorted((a, b) => a - b),
    Array.from({ length: 10 }, (_, i) => i + 1),
  )
})

test('old versions can be forgotten, and a deleted channel leaves nothing', async () => {
  const here = place('main', 'C3')
  await secrets.put(here, { a: '1' })
  await secrets.put(here, { a: '2' })
  await secrets.forget({ ...here, version: 2 })
  assert.equal(await secrets.get({ ...here, version: 1 }), undefined)
  assert.deepEqual(await secrets.get({ ...here, version: 2 }), { a: '2' })
  await secrets.remove(here)
  assert.equal(await secrets.get({ ...here, version: 2 }), undefined)
})

test('the database does not hold the values, and a row that was moved does not open', async () => {
  const here = place('main', 'C4')
  await secrets.put(here, { url: 'https://hooks.example/very-secret' })
  const rows = await dumpVault(db)
  assert.ok(
    rows.some(({ table }) => table === 'vault.channel_secrets'),
    'it is in the backup',
  )
  const hex = Buffer.from('very-secret').toString('hex')
  assert.ok(!JSON.stringify(rows).includes('very-secret') && !JSON.stringify(rows).includes(hex))
  await sql`update vault.channel_secrets set channel_id = 'C5' where channel_id = 'C4'`.execute(db)
  await assert.rejects(secrets.get({ ...place('main', 'C5'), version: 1 }), SecretSealed)
})

test('a shredded tenant has no secrets any more', async () => {
  const here = place('leaving', 'C1')
  const version = await secrets.put(here, { a: '1' })
  await shredDataKeys(db, { tenant: 'leaving', nowMs: testClock.nowMs() })
  const later = channelSecrets({ db, keys: keysOf(), clock: testClock })
  assert.equal(await later.get({ ...here, version }), undefined)
})
