import { create, toBinary } from '@bufbuild/protobuf'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeRecord,
  encodeRecord,
  encodeRecords,
  leafHash,
  leafHashes,
  MalformedRecord,
} from './archive-leaf.ts'
import { ArchiveRecordSchema } from './gen/secumon/v1/archive_pb.ts'

const salt = fc.uint8Array({ minLength: 16, maxLength: 16 })
const parts = fc.record(
  {
    subject: fc.string({ unit: 'grapheme' }),
    payload: fc.uint8Array({ maxLength: 300 }),
    receivedAtMs: fc.maxSafeInteger(),
    clockOffsetMs: fc.oneof(fc.maxSafeInteger(), fc.integer()),
  },
  { requiredKeys: ['subject', 'payload'], noNullPrototype: true },
)

test('what is encoded is decoded, and is what protobuf writes', () => {
  fc.assert(
    fc.property(salt, parts, (random, given) => {
      const record = encodeRecord(random, given)
      assert.deepEqual(decodeRecord(record), { salt: random, ...given })
      const { receivedAtMs, clockOffsetMs, ...rest } = given
      const message = create(ArchiveRecordSchema, {
        ...rest,
        ...(receivedAtMs !== undefined && { receivedAtMs: BigInt(receivedAtMs) }),
        ...(clockOffsetMs !== undefined && { clockOffsetMs: BigInt(clockOffsetMs) }),
      })
      assert.deepEqual(Buffer.from(record.subarray(16)), Buffer.from(toBinary(ArchiveRecordSchema, message)))
    }),
  )
})

test('many records are encoded and hashed as each alone', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(salt, parts), { maxLength: 9 }), (given) => {
      const alone = given.map(([random, each]) => encodeRecord(random, each))
      const many = encodeRecords(
        Buffer.concat(given.map(([random]) => random)),
        given.map(([, each]) => each),
      )
      assert.deepEqual(many, alone)
      assert.deepEqual(Buffer.from(leafHashes(many)), Buffer.concat(alone.map(leafHash)))
    }),
  )
})

test('another salt, another leaf', () => {
  const given = { subject: 'telemetry.0.system.clock', payload: Uint8Array.of(1) }
  const leaves = [1, 2].map((fill) => leafHash(encodeRecord(new Uint8Array(16).fill(fill), given)))
  assert.notDeepEqual(leaves[0], leaves[1])
})

test('what is no record is refused by type', () => {
  const wrong = {
    short: new Uint8Array(15),
    truncated: encodeRecord(new Uint8Array(16), { subject: 'abc', payload: Uint8Array.of(1, 2) }).subarray(
      0,
      20,
    ),
    'unknown field': Buffer.concat([new Uint8Array(16), Uint8Array.of(0x28, 1)]),
  }
  for (const [name, bytes] of Object.entries(wrong))
    assert.throws(() => decodeRecord(bytes), MalformedRecord, name)
  assert.throws(
    () => encodeRecord(new Uint8Array(8), { subject: 'a', payload: new Uint8Array() }),
    RangeError,
  )
})
