import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { KeysUnavailable } from './key-faults.ts'
import { readSecret, StoreRefused } from './kv2.ts'

const TOKEN = 'hvs.example'

/** Answers as the documentation says a KV version 2 engine does, mounted below any path. */
type Store = {
  readonly url: string
  readonly asked: string[]
  /** Statuses of the next answers, before the real ones. */
  readonly troubles: number[]
  readonly secrets: Map<string, Record<string, unknown> | 'deleted'>
}

async function store(t: TestContext): Promise<Store> {
  const asked: string[] = []
  const troubles: number[] = []
  const secrets: Store['secrets'] = new Map()
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const trouble = troubles.shift()
    if (trouble === 0) return
    const [status, body] =
      trouble === undefined ? answer(secrets, request) : [trouble, { errors: ['Vault is sealed'] }]
    send(response, status, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, troubles, secrets }
}

function answer(secrets: Store['secrets'], { url = '', headers }: IncomingMessage): [number, unknown] {
  if (headers['x-vault-token'] !== TOKEN) return [403, { errors: ['permission denied'] }]
  const secret = secrets.get(url)
  const metadata = { created_time: '2026-11-21T00:00:00Z', deletion_time: '', destroyed: false, version: 3 }
  if (secret === undefined) return [404, { errors: [] }]
  if (secret === 'deleted') return [404, { data: { data: null, metadata } }]
  return [200, { request_id: 'r', lease_duration: 0, data: { data: secret, metadata } }]
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', location: 'http://elsewhere.example/' })
  response.end(JSON.stringify(body))
}

const options = (url: string) => ({
  url,
  token: TOKEN,
  mount: 'secret',
  path: 'secumon',
  pausesMs: [1, 1, 1],
})

test('the fields of a secret are read, also below a path and in folders', async (t) => {
  const { url, secrets, asked } = await store(t)
  secrets.set('/v1/secret/data/secumon', { master_key: 'abc', number: 1 })
  secrets.set('/api/123/v1/kv/team/data/a/b%20c', { master_key: 'def' })
  assert.deepEqual([...(await readSecret(options(url)))], [['master_key', 'abc']])
  const ovh = { ...options(`${url}/api/123/`), mount: 'kv/team', path: '/a/b c' }
  assert.deepEqual([...(await readSecret(ovh))], [['master_key', 'def']])
  assert.equal(asked.length, 2)
})

const refusals = [
  { what: 'a wrong token', given: { token: 'wrong' }, says: /token may not read secret\/secumon.*denied/ },
  { what: 'a path where nothing is', given: { path: 'nothing' }, says: /no secret secret\/nothing/ },
  { what: 'a secret that was deleted', given: { path: 'deleted' }, says: /no secret secret\/deleted/ },
] as const

for (const { what, given, says } of refusals)
  test(`${what} is told at once`, async (t) => {
    const { url, secrets, asked } = await store(t)
    secrets.set('/v1/secret/data/deleted', 'deleted')
    const refused = (error: unknown) => error instanceof StoreRefused && says.test(error.message)
    await assert.rejects(readSecret({ ...options(url), ...given }), refused)
    assert.equal(asked.length, 1)
  })

test('a redirection is not followed: the token would go there', async (t) => {
  const { url, troubles } = await store(t)
  troubles.push(307)
  await assert.rejects(readSecret(options(url)), StoreRefused)
})

test('a store that is sealed, busy or silent is asked again', async (t) => {
  const { url, secrets, troubles, asked } = await store(t)
  secrets.set('/v1/secret/data/secumon', { master_key: 'abc' })
  troubles.push(503, 429, 0)
  const fields = await readSecret({ ...options(url), timeoutMs: 200 })
  assert.equal(fields.get('master_key'), 'abc')
  assert.equal(asked.length, 4)
  troubles.push(503, 503, 503, 503)
  const sealed = (error: unknown) => error instanceof KeysUnavailable && /sealed/.test(error.message)
  await assert.rejects(readSecret(options(url)), sealed)
})

test('a store that is not there is unavailable', async () => {
  await assert.rejects(readSecret(options('http://127.0.0.1:1')), KeysUnavailable)
})

test('a token that can be none is refused and not repeated', async () => {
  const options = { url: 'http://127.0.0.1:1', mount: 'secret', path: 'secumon', pausesMs: [] }
  for (const token of ['', 'hvs.first\nhvs.second', 'hvs.exämple'])
    await assert.rejects(
      readSecret({ ...options, token }),
      (error) => error instanceof StoreRefused && !String(error).includes('hvs'),
    )
})
