import assert from 'node:assert/strict'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { test } from 'node:test'
import {
  MalformedFrame,
  readFrameHeader,
  readGap,
  sealFrame,
  sealGap,
  sha256,
  type ChainIdentity,
} from './frame.ts'
import { AgentFrameSchema, GapReason, GapSchema } from './gen/secumon/v1/frame_pb.ts'
import { ObservationSchema } from './gen/secumon/v1/observation_pb.ts'
import { generateSigningKey, publicKeyFromRaw, rawPublicKey, verifyMessage } from './signing.ts'

const chain: ChainIdentity = {
  tenant: 'main',
  agent: '01JD5Z3V9Q7X2M4K6N8P0R1S3T',
  epoch: 2,
  lane: 'telemetry',
}
const key = generateSigningKey()
const head = { sequence: 41, hash: sha256(Buffer.from('x')) }
const sealed = sealFrame(
  chain,
  head,
  { sentAtMs: 1_780_000_000_000, observations: [create(ObservationSchema)] },
  key,
)

test('a sealed frame reads back as what was sealed', () => {
  assert.deepEqual(readFrameHeader(sealed.bytes), {
    ...chain,
    sequence: 42,
    previousHash: head.hash,
    sentAtMs: 1_780_000_000_000,
  })
})

test('a signature is good for its context, its bytes and its key, and for nothing else', () => {
  const publicKey = publicKeyFromRaw(rawPublicKey(key))
  assert.ok(verifyMessage('frame', sealed.bytes, sealed.signature, publicKey))
  assert.ok(!verifyMessage('gap', sealed.bytes, sealed.signature, publicKey))
  assert.ok(!verifyMessage('frame', Buffer.concat([sealed.bytes, Buffer.of(0)]), sealed.signature, publicKey))
  assert.ok(!verifyMessage('frame', sealed.bytes, sealed.signature.subarray(1), publicKey))
  assert.ok(
    !verifyMessage(
      'frame',
      sealed.bytes,
      sealed.signature,
      publicKeyFromRaw(rawPublicKey(generateSigningKey())),
    ),
  )
})

test('a gap reads back, and its hash is that of the last missing frame', () => {
  const content = { first: 3, last: 9, hashOfLast: head.hash, reason: GapReason.FREED, atMs: 5 }
  const gap = sealGap(chain, content, key)
  assert.deepEqual(readGap(gap.bytes), { ...chain, ...content })
  assert.deepEqual([gap.sequence, gap.hash], [9, head.hash])
})

const frameWith = (change: Record<string, unknown>) =>
  toBinary(AgentFrameSchema, { ...fromBinary(AgentFrameSchema, sealed.bytes), ...change })
const gapWith = (change: Record<string, unknown>) => {
  const gap = sealGap(
    chain,
    { first: 3, last: 9, hashOfLast: head.hash, reason: GapReason.FREED, atMs: 5 },
    key,
  )
  return toBinary(GapSchema, { ...fromBinary(GapSchema, gap.bytes), ...change })
}
const repeated = (field: number, text: string) =>
  Buffer.concat([sealed.bytes, new BinaryWriter().tag(field, WireType.LengthDelimited).string(text).finish()])

const malformed: [string, () => unknown, RegExp][] = [
  ['no bytes', () => readFrameHeader(new Uint8Array()), /tenant/],
  ['cut in a field', () => readFrameHeader(sealed.bytes.subarray(0, 20)), /protobuf/],
  ['a second tenant after the observations', () => readFrameHeader(repeated(1, 'other')), /out of order/],
  ['a tenant with a dot', () => readFrameHeader(frameWith({ tenant: 'a.b' })), /tenant/],
  ['an agent that is no ULID', () => readFrameHeader(frameWith({ agent: 'server-001' })), /ULID/],
  ['epoch 0', () => readFrameHeader(frameWith({ epoch: 0n })), /epoch/],
  ['sequence 0', () => readFrameHeader(frameWith({ sequence: 0n })), /sequence/],
  ['a sequence beyond 2^53', () => readFrameHeader(frameWith({ sequence: 2n ** 60n })), /out of range/],
  ['an unknown lane', () => readFrameHeader(frameWith({ lane: 9 })), /lane/],
  ['a short hash', () => readFrameHeader(frameWith({ previousHash: new Uint8Array(31) })), /previous_hash/],
  ['a gap that ends before it begins', () => readGap(gapWith({ last: 2n })), /gap from/],
  ['an unknown reason', () => readGap(gapWith({ reason: 99 })), /reason/],
]

for (const [what, read, message] of malformed)
  test(`refused: ${what}`, () => {
    assert.throws(read, (error: unknown) => error instanceof MalformedFrame && message.test(error.message))
  })

test('whatever the bytes, the reader answers or says MalformedFrame', () => {
  const mutated = fc.tuple(fc.nat(sealed.bytes.length - 1), fc.nat(255)).map(([at, byte]) => {
    const copy = Uint8Array.from(sealed.bytes)
    copy[at] = byte
    return copy
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      for (const read of [readFrameHeader, readGap])
        try {
          read(bytes)
        } catch (error) {
          assert.ok(error instanceof MalformedFrame, String(error))
        }
    }),
    { numRuns: 2_000 },
  )
})

test('header reader and full decoder agree on whatever both accept', () => {
  fc.assert(
    fc.property(fc.nat(sealed.bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = Uint8Array.from(sealed.bytes)
      copy[at] = byte
      try {
        const header = readFrameHeader(copy)
        const frame = fromBinary(AgentFrameSchema, copy)
        assert.deepEqual(
          [header.tenant, header.agent, BigInt(header.sequence)],
          [frame.tenant, frame.agent, frame.sequence],
        )
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
      }
    }),
    { numRuns: 2_000 },
  )
})
