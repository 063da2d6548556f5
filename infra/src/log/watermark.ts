// Where a lane stands, as a record that can stand in its subject for everything up to there.

import { create, toBinary } from '@bufbuild/protobuf'
import type { ChainHead, ChainIdentity } from '@secumon/contracts/frame'
import { LaneRecordSchema, WatermarkSchema } from '@secumon/contracts/gen/frame'
import { laneNumber } from '@secumon/contracts/lanes'
import { lanePlace } from './lane-place.ts'

/**
 * The watermark for everything up to a record; undefined for a record that is not part of a chain (ticks).
 * @throws MalformedFrame or a protobuf error when the record cannot be read
 */
export function watermarkRecord(payload: Uint8Array): Uint8Array | undefined {
  const place = lanePlace(payload)
  return place && watermarkOf(place)
}

/** The watermark for everything up to a head. */
export const watermarkOf = ({
  tenant,
  agent,
  epoch,
  lane,
  sequence,
  hash,
}: ChainIdentity & ChainHead): Uint8Array => {
  const value = create(WatermarkSchema, {
    tenant,
    agent,
    epoch: BigInt(epoch),
    lane: laneNumber(lane),
    sequence: BigInt(sequence),
    hash,
  })
  return toBinary(LaneRecordSchema, create(LaneRecordSchema, { record: { case: 'watermark', value } }))
}
