import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestHost, ingestUrl } from './ingest-url.ts'
import { natsDoor } from './nats-url.ts'
import { streamsOf } from './streams-of.ts'

const doors = [
  { text: 'nats://127.0.0.1:4222', door: { servers: ['nats://127.0.0.1:4222'] } },
  {
    text: 'nats://t%40ken@h:1',
    door: { servers: ['nats://h:1'], credentials: { token: 't@ken' } },
  },
  {
    text: 'tls://me:secret@a:1, tls://b:2',
    door: { servers: ['tls://a:1', 'tls://b:2'], credentials: { user: 'me', password: 'secret' } },
  },
]

for (const { text, door } of doors)
  test(`NATS_URL ${text}`, () => {
    assert.deepEqual(natsDoor(text), door)
  })

const listening = { ingestPort: 8098, ingestUrl: undefined, tlsCertificate: undefined }

test('agents are told an address that works: loopback in clear, elsewhere only with a certificate', () => {
  assert.equal(ingestUrl({ ...listening, host: '127.0.0.1' }), 'http://127.0.0.1:8098')
  assert.equal(ingestHost({ host: '0.0.0.0', tlsCertificate: undefined }), '127.0.0.1')
  assert.equal(ingestUrl({ ...listening, host: '0.0.0.0' }), 'http://127.0.0.1:8098')
  const secured = { ...listening, tlsCertificate: '/x.pem' }
  assert.equal(ingestUrl({ ...secured, host: '10.1.2.3' }), 'https://10.1.2.3:8098')
  assert.equal(
    ingestUrl({ ...secured, host: '10.1.2.3', ingestUrl: 'https://in.example' }),
    'https://in.example',
  )
})

test('a projector is fed by every shard of its lanes, and by the events once', () => {
  assert.deepEqual(streamsOf({ feeds: ['events', 'telemetry'] }, 2), ['EVENTS', 'TELEMETRY_0', 'TELEMETRY_1'])
  assert.deepEqual(streamsOf({ feeds: ['logs'] }, 1), ['LOGS_0'])
})
