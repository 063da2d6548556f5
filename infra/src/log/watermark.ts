// Where a lane stands according to its last record.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { readFrameHeader, readGap, sha256, type ChainIdentity } from '@secumon/contracts/frame'
import { LaneRecordSchema, WatermarkSchema, type Watermark } from '@secumon/contracts/gen/frame'
import { laneNumber } from '@secumon/contracts/lanes'

/**
 * The record that can stand in a lane's subject for everything up to the given one; undefined for a record that is not
 * part of a chain (ticks).
 * @throws MalformedFrame or a protobuf error when the record cannot be read
 */
export function watermarkRecord(payload: Uint8Array): Uint8Array | undefined {
  const { record } = fromBinary(LaneRecordSchema, payload)
  switch (record.case) {
    case 'frame': {
      const bytes = record.value.frame
      const header = readFrameHeader(bytes)
      return encode(watermark(header, { sequence: header.sequence, hash: sha256(bytes) }))
    }
    case 'gap': {
      const gap = readGap(record.value.gap)
      return encode(watermark(gap, { sequence: gap.last, hash: gap.hashOfLast }))
    }
    case 'watermark':
      return encode(record.value)
    default:
      return undefined
  }
}

const watermark = (chain: ChainIdentity, head: { sequence: number; hash: Uint8Array }): Watermark =>
  create(WatermarkSchema, {
    tenant: chain.tenant,
    agent: chain.agent,
    epoch: BigInt(chain.epoch),
    lane: laneNumber(chain.lane),
    sequence: BigInt(head.sequence),
    hash: head.hash,
  })

const encode = (value: Watermark): Uint8Array =>
  toBinary(LaneRecordSchema, create(LaneRecordSchema, { record: { case: 'watermark', value } }))
