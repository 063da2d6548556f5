import { create } from '@bufbuild/protobuf'
import { OpenSchema } from '@secumon/contracts/gen/ingest'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOpen } from './handshake.ts'
import { KnownAgent } from './identities.ts'

const AGENT = '01JD5Z3V9Q7X2M4K6N8P0R1S3T'
const KEY = new Uint8Array(32).fill(7)
const knownAs = (revoked: boolean): KnownAgent =>
  new KnownAgent(AGENT, { tenant: 'main', publicKey: KEY, epochs: {}, revoked })

test('an identity that is revoked while its signature is checked opens nothing', async () => {
  let known = knownAs(false)
  const gateway = {
    identities: { get: () => known, catchUp: async () => true },
    verifier: {
      check: (_: unknown, answer: (good: boolean) => void) =>
        void setImmediate(() => {
          known = knownAs(true)
          answer(true)
        }),
    },
  }
  const opened = await checkOpen(gateway, create(OpenSchema, { agent: AGENT }), new Uint8Array(32))
  assert.deepEqual(opened, { outcome: 're_enrol', reason: 'this identity was revoked' })
})
