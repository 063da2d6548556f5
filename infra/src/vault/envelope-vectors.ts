// The golden envelope: clear, sealed and archived, from a fixed key and nonce. Its bytes are committed in
// contracts/vectors/envelope-v1.json, so that another implementation can be checked against them and so that a change
// of the format cannot pass unseen. `node infra/src/vault/envelope-vectors.ts` prints them.

import { create, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { openWith, sealWith } from './envelope-cipher.ts'
import { toArchivedPayload } from './envelope-sealing.ts'

const SUBJECT = 'events.main.agent.01JD5Z3V9Q7X2M4K6N8P0R1S3T'
const KEY = { id: '01JD5Z3V9Q0000000000000000', key: Uint8Array.from({ length: 32 }, (_, i) => i) }
const NONCE = Uint8Array.from({ length: 12 }, (_, i) => 0xa0 + i)

export type EnvelopeVectors = Awaited<ReturnType<typeof envelopeVectors>>

export async function envelopeVectors() {
  const clear = create(EnvelopeSchema, {
    commandId: '01JD5Z3V9Q1111111111111111',
    version: 7n,
    schema: 1,
    atMs: 1_780_000_000_000n,
    actor: { actor: { case: 'user', value: '01JD5Z3V9Q2222222222222222' } },
    cause: { cause: { case: 'aggregate', value: { aggregate: 'agent', id: 'x', version: 3n } } },
    events: [{ event: { case: 'agentRenamed', value: { name: 'web-1' } } }],
  })
  const sealed = sealWith(SUBJECT, clear, KEY, NONCE)
  const payload = toBinary(EnvelopeSchema, sealed)
  const keys = { current: async () => KEY, find: async () => KEY.key }
  const archived = await toArchivedPayload(SUBJECT, payload, keys)
  if (!(archived instanceof Uint8Array)) throw new Error('the golden envelope is shredded')
  return {
    format: 'secumon-envelope-v1',
    subject: SUBJECT,
    key_id: KEY.id,
    key: hex(KEY.key),
    nonce: hex(NONCE),
    command_id: clear.commandId,
    version: String(clear.version),
    sealed: hex(payload),
    ciphertext: hex(sealed.sealed?.ciphertext ?? new Uint8Array()),
    opened: hex(toBinary(EnvelopeSchema, openWith(SUBJECT, sealed, KEY.key))),
    archived: hex(archived),
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

if (import.meta.main) process.stdout.write(`${JSON.stringify(await envelopeVectors(), null, 2)}\n`)
