// Enrolment against a real HTTP server that answers well, badly and with malice.

import { generateSigningKey } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enrol, EnrolFailed } from './enrol.ts'
import type { AgentIdentity } from './state/agent-identity.ts'
import { TestApi, type EnrolAnswer } from './testing/test-api.ts'

const KEY = generateSigningKey()
const GOOD = {
  tenant: 'main',
  agent: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ingest_url: 'http://127.0.0.1:8098',
  config_public_key: Buffer.alloc(32, 1).toString('base64'),
  epochs: [
    { lane: 'telemetry', epoch: 3, epoch_started: 'AAEC' },
    { lane: 'dreams', epoch: 1, epoch_started: 'AAEC' },
  ],
}

async function ask(
  t: { after(cleanUp: () => Promise<void>): void },
  answer: EnrolAnswer,
): Promise<AgentIdentity> {
  const api = new TestApi()
  await api.listen()
  t.after(() => api.close())
  api.answer = () => answer
  const request = { token: 'secret-token-of-20-chars', key: KEY, name: 'host-1', environment: {} }
  return enrol({ ...request, apiUrl: `${api.url}/`, signal: new AbortController().signal })
}

test('a good answer becomes an identity; lanes this version does not know are left out', async (t) => {
  const identity = await ask(t, { status: 200, body: GOOD })
  assert.deepEqual(Object.keys(identity.epochs), ['telemetry'])
  assert.deepEqual(identity.epochs.telemetry, { epoch: 3, epochStarted: new Uint8Array([0, 1, 2]) })
})

const BAD: { says: string; body: unknown; message: RegExp }[] = [
  { says: 'not JSON', body: '<html>', message: /not JSON/ },
  { says: 'a list', body: [], message: /not an object/ },
  { says: 'a tenant that is a path', body: { ...GOOD, tenant: '../../etc' }, message: /tenant is malformed/ },
  {
    says: 'an agent that is a path',
    body: { ...GOOD, agent: '../../../etc/passwd/aaaaaa' },
    message: /not a ULID/,
  },
  {
    says: 'an ingest address that is a file',
    body: { ...GOOD, ingest_url: 'file:///etc/passwd' },
    message: /ingest_url/,
  },
  { says: 'a short key', body: { ...GOOD, config_public_key: 'AAAA' }, message: /32 bytes/ },
  { says: 'a key that is a number', body: { ...GOOD, config_public_key: 5 }, message: /config_public_key/ },
  { says: 'epochs that are none', body: { ...GOOD, epochs: 'x' }, message: /epochs/ },
  {
    says: 'an epoch of a half',
    body: { ...GOOD, epochs: [{ ...GOOD.epochs[0], epoch: 0.5 }] },
    message: /whole number/,
  },
  {
    says: 'a lane from the prototype',
    body: { ...GOOD, epochs: [{ lane: '__proto__', epoch: 'x' }, 5] },
    message: /not an object/,
  },
  { says: 'an endless answer', body: 'x'.repeat(100_000), message: /too long/ },
]
for (const { says, body, message } of BAD)
  test(`${says} is not believed`, async (t) => {
    await assert.rejects(ask(t, { status: 200, body }), (error) => {
      assert(error instanceof EnrolFailed)
      assert.match(error.message, message)
      return !error.isRefused
    })
  })

const STATUSES = [
  { status: 401, isRefused: true },
  { status: 403, isRefused: true },
  { status: 400, isRefused: true },
  { status: 429, isRefused: false },
  { status: 500, isRefused: false },
  { status: 503, isRefused: false },
  { status: 302, isRefused: false },
]
for (const { status, isRefused } of STATUSES)
  test(`${status} is ${isRefused ? 'a no' : 'worth another try'}`, async (t) => {
    const body = { error: 'because\u001b[31m', code: status }
    await assert.rejects(ask(t, { status, body }), (error) => {
      assert(error instanceof EnrolFailed)
      assert.match(error.message, new RegExp(`answered ${status}: because`))
      assert.ok(!error.message.includes('\u001b') && !error.message.includes('secret-token'))
      return error.isRefused === isRefused
    })
  })

test('nobody there is worth another try', async () => {
  const request = { token: 'x'.repeat(20), key: KEY, name: 'host-1', environment: {} }
  await assert.rejects(
    enrol({ ...request, apiUrl: 'http://127.0.0.1:1', signal: new AbortController().signal }),
    (error) => error instanceof EnrolFailed && !error.isRefused,
  )
})
