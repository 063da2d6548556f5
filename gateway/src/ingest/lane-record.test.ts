import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { sealFrame, sealGap } from '@secumon/contracts/frame'
import { GapReason, LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { generateSigningKey } from '@secumon/contracts/signing'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headOf, laneRecord } from './lane-record.ts'

const key = generateSigningKey()
const chain = { tenant: 'main', agent: '01ARZ3NDEKTSV4RRFFQ69G5FAV', epoch: 3, lane: 'telemetry' } as const
const head = { sequence: 4, hash: new Uint8Array(32).fill(4) }

test('a record is exactly what protobuf would have written, for every length of a frame', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 100, 16_300, 70_000), (content, extra) => {
      const frame = new Uint8Array(content.length + extra)
      frame.set(content)
      const signature = new Uint8Array(64).fill(9)
      const whole = create(LaneRecordSchema, { record: { case: 'frame', value: { frame, signature } } })
      assert.deepEqual(
        Buffer.from(laneRecord('frame', frame, signature)),
        Buffer.from(toBinary(LaneRecordSchema, whole)),
      )
    }),
  )
})

test('the place of a frame, a gap and a watermark is read back', () => {
  const frame = sealFrame(chain, head, { sentAtMs: 1, observations: [] }, key)
  const stored = laneRecord('frame', frame.bytes, frame.signature)
  assert.deepEqual(headOf(stored), { epoch: 3, sequence: 5, hash: frame.hash })
  const hashOfLast = new Uint8Array(32).fill(9)
  const gap = sealGap(chain, { first: 5, last: 9, hashOfLast, reason: GapReason.SPOOL_FULL, atMs: 1 }, key)
  const storedGap = laneRecord('gap', gap.bytes, gap.signature)
  assert.equal(fromBinary(LaneRecordSchema, storedGap).record.case, 'gap')
  assert.deepEqual(Buffer.from(headOf(storedGap).hash), Buffer.from(hashOfLast))
  const value = { epoch: 3n, sequence: 9n, hash: hashOfLast }
  const watermark = create(LaneRecordSchema, { record: { case: 'watermark', value } })
  const { epoch, sequence } = headOf(toBinary(LaneRecordSchema, watermark))
  assert.deepEqual([epoch, sequence], [3, 9])
})

test('what is no record of a lane is refused', () => {
  const tick = create(LaneRecordSchema, { record: { case: 'tick', value: { atMs: 1n } } })
  assert.throws(() => headOf(toBinary(LaneRecordSchema, tick)), /holds tick/)
})
