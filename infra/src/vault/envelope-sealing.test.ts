import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { createDecipheriv } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { memoryKeys } from '../testing/memory-keys.ts'
import { EnvelopeBroken, openWith } from './envelope-cipher.ts'
import {
  fromArchivedPayload,
  openEnvelope,
  sealEnvelope,
  SHREDDED,
  toArchivedPayload,
} from './envelope-sealing.ts'
import { envelopeVectors, type EnvelopeVectors } from './envelope-vectors.ts'
import { DataKeyUnknown } from './key-faults.ts'

const SUBJECT = 'events.acme.agent.a1'

const envelope = (name: string, version = 1n): Envelope =>
  create(EnvelopeSchema, {
    commandId: `c-${version}`,
    version,
    schema: 1,
    atMs: 5n,
    actor: { actor: { case: 'user', value: 'u1' } },
    events: [{ event: { case: 'agentRenamed', value: { name } } }],
  })

const sealed = async (clear: Envelope, keys = memoryKeys()) => {
  const payload = await sealEnvelope(SUBJECT, clear, keys)
  return { keys, payload, message: fromBinary(EnvelopeSchema, payload) }
}

const bytesOf = (value: unknown): Uint8Array => {
  assert.ok(value instanceof Uint8Array)
  return value
}

test('what is sealed says nothing of its content, and opens to the same envelope', async () => {
  const { keys, payload, message } = await sealed(envelope('secret-name', 3n))
  assert.ok(!Buffer.from(payload).includes('secret-name'))
  assert.deepEqual([message.commandId, message.version, message.schema, message.atMs], ['c-3', 3n, 1, 5n])
  assert.deepEqual(message.events, [])
  assert.deepEqual(await openEnvelope(SUBJECT, message, keys), envelope('secret-name', 3n))
})

test('identities and the platform lie in clear', async () => {
  for (const subject of ['events.acme.identity.a1', 'events.system.keyring.acme']) {
    const payload = await sealEnvelope(subject, envelope('x'), memoryKeys())
    assert.deepEqual(payload, toBinary(EnvelopeSchema, envelope('x')))
    assert.deepEqual(await toArchivedPayload(subject, payload, memoryKeys()), payload)
  }
})

test('an envelope from before sealing is read and archived as it is', async () => {
  const clear = envelope('old')
  const payload = toBinary(EnvelopeSchema, clear)
  assert.deepEqual(await openEnvelope(SUBJECT, clear, memoryKeys()), clear)
  assert.deepEqual(await toArchivedPayload(SUBJECT, payload, memoryKeys()), payload)
  assert.deepEqual(await fromArchivedPayload(SUBJECT, payload, memoryKeys()), payload)
})

test('the archive gives the exact bytes of the log again', async () => {
  const keys = memoryKeys()
  const content = fc.record({ name: fc.string({ unit: 'binary' }), version: fc.bigInt(1n, 2n ** 53n) })
  await fc.assert(
    fc.asyncProperty(content, fc.boolean(), async ({ name, version }, unknownFields) => {
      const plain = await sealEnvelope(SUBJECT, envelope(name, version), keys)
      // Field 100, length-delimited: what a newer version may add.
      const payload = unknownFields ? Buffer.concat([plain, Buffer.from('a206036e6577', 'hex')]) : plain
      const archived = bytesOf(await toArchivedPayload(SUBJECT, payload, keys))
      if (name.length > 3) assert.ok(Buffer.from(archived).includes(name.toWellFormed()))
      const again = bytesOf(await fromArchivedPayload(SUBJECT, archived, keys))
      assert.equal(Buffer.compare(again, payload), 0)
    }),
    { numRuns: 40 },
  )
})

test('bytes that we would have written in another way are archived as they are', async () => {
  const { keys, payload } = await sealed(envelope('x'))
  // The version once more: parsers take the last, serializers never write it.
  const odd = Uint8Array.from([...payload, 0x10, 0x01])
  assert.deepEqual(await toArchivedPayload(SUBJECT, odd, keys), odd)
  assert.deepEqual(await fromArchivedPayload(SUBJECT, odd, keys), odd)
})

test('another key, subject, command or version does not open it', async () => {
  const { keys, message } = await sealed(envelope('x'))
  const own = await keys.find('acme', message.sealed?.keyId ?? '')
  assert.ok(own)
  assert.throws(() => openWith(SUBJECT, message, new Uint8Array(32)), EnvelopeBroken)
  assert.throws(() => openWith('events.acme.agent.a2', message, own), EnvelopeBroken)
  assert.throws(() => openWith(SUBJECT, { ...message, commandId: 'c-9' }, own), EnvelopeBroken)
  assert.throws(() => openWith(SUBJECT, { ...message, version: 2n }, own), EnvelopeBroken)
  await assert.rejects(openEnvelope(SUBJECT, message, memoryKeys()), DataKeyUnknown)
})

test('what does not open is archived as it is; what has no ciphertext is none', async () => {
  const { keys, payload, message } = await sealed(envelope('x'))
  assert.ok(message.sealed)
  const flipped = payload.with(-1, (payload.at(-1) ?? 0) ^ 1)
  assert.deepEqual(await toArchivedPayload(SUBJECT, flipped, keys), flipped)
  assert.deepEqual(await toArchivedPayload(SUBJECT, payload, memoryKeys()), payload)
  const bare = { ...message, sealed: { ...message.sealed, ciphertext: new Uint8Array() } }
  await assert.rejects(toArchivedPayload(SUBJECT, toBinary(EnvelopeSchema, bare), keys), EnvelopeBroken)
})

test('a rotated key opens what it sealed, a shredded one nothing', async () => {
  const { keys, payload, message } = await sealed(envelope('x'))
  const archived = bytesOf(await toArchivedPayload(SUBJECT, payload, keys))
  keys.rotate('acme')
  const { message: newer } = await sealed(envelope('y'), keys)
  assert.notEqual(newer.sealed?.keyId, message.sealed?.keyId)
  assert.deepEqual(await openEnvelope(SUBJECT, message, keys), envelope('x'))
  keys.shred('acme')
  assert.equal(await openEnvelope(SUBJECT, message, keys), SHREDDED)
  assert.equal(await toArchivedPayload(SUBJECT, payload, keys), SHREDDED)
  assert.equal(await fromArchivedPayload(SUBJECT, archived, keys), SHREDDED)
})

const committed = JSON.parse(
  await readFile(new URL('../../../contracts/vectors/envelope-v1.json', import.meta.url), 'utf8'),
) as EnvelopeVectors

test('the format gives the committed bytes', async () => {
  assert.deepEqual(await envelopeVectors(), committed)
})

test('the golden ciphertext opens without any code of ours', () => {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  const { subject, command_id, version } = committed
  const sealedBytes = bytes(committed.ciphertext)
  const decipher = createDecipheriv('aes-256-gcm', bytes(committed.key), bytes(committed.nonce))
  decipher.setAAD(Buffer.from(`secumon-envelope-v1\0${subject}\0${command_id}\0${version}`))
  decipher.setAuthTag(sealedBytes.subarray(-16))
  const content = Buffer.concat([decipher.update(sealedBytes.subarray(0, -16)), decipher.final()])
  assert.ok(committed.archived.includes(content.toString('hex')))
  assert.ok(content.includes('web-1'))
})
