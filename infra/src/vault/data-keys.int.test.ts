import { randomBytes } from 'node:crypto'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { openDatabase, closeDatabase, type Database } from '../database/database.ts'
import { testDatabase } from '../testing/database.ts'
import { dataKeys } from './data-keys.ts'
import { listDataKeys, masterKeysInUse, rewrapAll, rotateDataKey, shredDataKeys } from './key-acts.ts'
import { DataKeyUnknown, KeysUnavailable } from './key-faults.ts'
import { masterKeyId, masterKeys, SecretSealed } from './master-keys.ts'
import { loadOrCreateSecret } from './secrets.ts'

const db = await testDatabase({ after })
const MINUTE_MS = 60_000
const oldKey = randomBytes(32)
const newKey = randomBytes(32)
const old = masterKeys(oldKey)

const clock = { ms: Date.UTC(2026, 10, 21), nowMs: () => clock.ms, monotonicMs: () => clock.ms }
const act = (tenant: string) => ({ tenant, nowMs: clock.ms })

/** As another process would have them: with a cache of its own. */
const process = (masters = old, database: Database = db) =>
  dataKeys({ db: database, masterKeys: masters, clock })

test('whoever asks first makes the key, and all have the same', async () => {
  const asked = await Promise.all([1, 2, 3, 4].map(() => process().current('race')))
  assert.equal(new Set(asked.map(({ id }) => id)).size, 1)
  const [first] = asked
  assert.ok(first)
  assert.equal(first.key.length, 32)
  assert.deepEqual(await process().find('race', first.id), first.key)
  assert.notDeepEqual((await process().current('other')).key, first.key)
})

test('a key belongs to its tenant; one that nobody made is unknown', async () => {
  const { id } = await process().current('mine')
  await assert.rejects(process().find('yours', id), DataKeyUnknown)
  await assert.rejects(process().find('mine', 'no-such-key'), DataKeyUnknown)
})

test('a rotation is seen within a minute, and the old key still opens', async () => {
  const here = process()
  const before = await here.current('rotating')
  clock.ms += 1
  const made = await rotateDataKey(db, old, act('rotating'))
  clock.ms += MINUTE_MS
  assert.equal((await here.current('rotating')).id, made)
  assert.deepEqual(await here.find('rotating', before.id), before.key)
  const states = (await listDataKeys(db)).filter(({ tenant }) => tenant === 'rotating')
  assert.deepEqual(
    states.map(({ keyId, state }) => [keyId, state]),
    [
      [before.id, 'retired'],
      [made, 'current'],
    ],
  )
})

test('rotations at the same moment leave one current key', async () => {
  await process().current('busy')
  await Promise.all([1, 2, 3].map(() => rotateDataKey(db, old, act('busy'))))
  const current = (await listDataKeys(db)).filter(
    ({ tenant, state }) => tenant === 'busy' && state === 'current',
  )
  assert.equal(current.length, 1)
})

test('a shredded key is gone from every process within a minute, for ever', async () => {
  const here = process()
  const { id, key } = await here.current('doomed')
  await rotateDataKey(db, old, act('doomed'))
  assert.deepEqual(await here.find('doomed', id), key)
  assert.equal((await shredDataKeys(db, act('doomed'))).length, 2)
  assert.deepEqual(await shredDataKeys(db, act('doomed')), [])
  assert.equal(await process().find('doomed', id), undefined)
  clock.ms += MINUTE_MS
  assert.equal(await here.find('doomed', id), undefined)
  const { rows } =
    await sql`select 1 from vault.data_keys where tenant_id = 'doomed' and wrapped is not null`.execute(db)
  assert.equal(rows.length, 0)
  // What is written afterwards is under a key that the shredding has nothing to do with.
  assert.notEqual((await here.current('doomed')).id, id)
})

test('after a rotation of the master key the old one opens nothing, and nothing else has changed', async () => {
  const { id, key } = await process().current('kept')
  const jwt = await loadOrCreateSecret(db, 'jwt', old)
  const both = masterKeys(newKey, [oldKey])
  assert.deepEqual(await process(both).find('kept', id), key)
  await assert.rejects(rewrapAll(db, masterKeys(newKey)), SecretSealed)
  assert.deepEqual(await masterKeysInUse(db), [masterKeyId(oldKey)])
  const { secrets, dataKeys: keys } = await rewrapAll(db, both)
  assert.ok(secrets === 1 && keys > 1)
  assert.deepEqual(await masterKeysInUse(db), [masterKeyId(newKey)])
  await assert.rejects(process().find('kept', id), KeysUnavailable)
  await assert.rejects(loadOrCreateSecret(db, 'jwt', old), SecretSealed)
  assert.deepEqual(await process(masterKeys(newKey)).find('kept', id), key)
  assert.deepEqual(await loadOrCreateSecret(db, 'jwt', masterKeys(newKey)), jwt)
  assert.deepEqual(await rewrapAll(db, both), { secrets: 0, dataKeys: 0 })
})

test('a vault that does not answer is no unknown key, and is asked again', async () => {
  const url = 'postgres://nobody@127.0.0.1:1/none'
  const nowhere = openDatabase({
    url,
    poolSize: 1,
    applicationName: 'test',
    logger: pino({ level: 'silent' }),
  })
  const keys = process(old, nowhere)
  await assert.rejects(keys.find('kept', 'x'), KeysUnavailable)
  await assert.rejects(keys.find('kept', 'x'), KeysUnavailable)
  await assert.rejects(keys.current('kept'), KeysUnavailable)
  await closeDatabase(nowhere)
})
