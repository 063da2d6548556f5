import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { loadConfig } from './config.ts'
import { Exit, exitCode } from './exit.ts'
import { givenMasterKeys } from './master-keys.ts'

const key = (byte: number): Buffer => Buffer.alloc(32, byte)
const text = (byte: number): string => key(byte).toString('base64')

const secret: Record<string, string> = {}
const store = createServer((request, response) => {
  const allowed = request.headers['x-vault-token'] === 'token' && request.url === '/v1/kv/data/team/secumon'
  response.statusCode = allowed ? 200 : 403
  response.end(JSON.stringify(allowed ? { data: { data: secret, metadata: {} } } : { errors: ['denied'] }))
})
store.listen(0, '127.0.0.1')
await once(store, 'listening')
after(() => {
  store.closeAllConnections()
  store.close()
})

const STORE = {
  SECUMON_VAULT_URL: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
  SECUMON_VAULT_TOKEN: 'token',
  SECUMON_VAULT_MOUNT: 'kv',
  SECUMON_VAULT_PATH: 'team/secumon',
}

const keysOf = async (environment: Record<string, string>) =>
  givenMasterKeys((await loadConfig({}, environment)).config)

const refusedWith = (says: RegExp) => (error: unknown) =>
  error instanceof Exit && error.code === exitCode.configuration && says.test(error.message)

test('the environment gives the master key and older ones', async () => {
  assert.equal(await keysOf({}), undefined)
  const environment = { SECUMON_MASTER_KEY: text(1), SECUMON_MASTER_KEY_OLD: `${text(2)}, ${text(3)}` }
  assert.deepEqual(await keysOf(environment), { current: key(1), others: [key(2), key(3)] })
})

test('a store of secrets gives them', async () => {
  Object.assign(secret, { master_key: `${text(4)}\n`, master_key_old: text(5) })
  assert.deepEqual(await keysOf(STORE), { current: key(4), others: [key(5)] })
})

test('what is wrong with the store is said without its secrets', async () => {
  secret['master_key'] = 'too-short-to-be-a-key'
  await assert.rejects(keysOf(STORE), refusedWith(/^(?!.*too-short).*team\/secumon.*32 bytes/))
  delete secret['master_key']
  await assert.rejects(keysOf(STORE), refusedWith(/no field master_key/))
  await assert.rejects(keysOf({ ...STORE, SECUMON_VAULT_TOKEN: 'wrong' }), refusedWith(/may not read/))
  const { SECUMON_VAULT_TOKEN: _, ...tokenless } = STORE
  await assert.rejects(keysOf(tokenless), refusedWith(/SECUMON_VAULT_TOKEN is not set/))
  await assert.rejects(keysOf({ ...STORE, SECUMON_MASTER_KEY: text(1) }), refusedWith(/keep one/))
})
