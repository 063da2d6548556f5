import { fromBinary } from '@bufbuild/protobuf'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { archiveVectors, type ArchiveVectors } from './archive-vectors.ts'
import { ArchiveRecordSchema } from './gen/secumon/v1/archive_pb.ts'

const committed = JSON.parse(
  await readFile(new URL('../vectors/archive-v1.json', import.meta.url), 'utf8'),
) as ArchiveVectors

test('the format gives the committed records and leaves', () => {
  assert.deepEqual(archiveVectors(), committed)
})

// From here on nothing of ours is used: this is how a stranger checks the vectors.
const bytes = (hex: string) => Buffer.from(hex, 'hex')

test('a leaf is the hash of a zero byte, the salt and the message as protobuf', () => {
  for (const { salt, record, leaf, ...parts } of committed.leaves) {
    assert.equal(record.slice(0, 32), salt, parts.name)
    const hash = createHash('sha256').update(Uint8Array.of(0)).update(bytes(record))
    assert.equal(hash.digest('hex'), leaf, parts.name)
    const message = fromBinary(ArchiveRecordSchema, bytes(record).subarray(16))
    assert.equal(message.subject, parts.subject)
    assert.equal(Buffer.from(message.payload).toString('hex'), parts.payload)
    assert.equal(message.receivedAtMs ?? null, parts.received_at_ms && BigInt(parts.received_at_ms))
    assert.equal(
      message.clockOffsetMs ?? null,
      parts.clock_offset_ms === null ? null : BigInt(parts.clock_offset_ms),
    )
  }
})
