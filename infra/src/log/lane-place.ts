// Where a record of a lane's subject stands in its chain.

import { fromBinary } from '@bufbuild/protobuf'
import {
  MalformedFrame,
  readFrameHeader,
  readGap,
  sha256,
  type ChainIdentity,
} from '@secumon/contracts/frame'
import { LaneRecordSchema, type Watermark } from '@secumon/contracts/gen/frame'
import { laneName } from '@secumon/contracts/lanes'

export type LanePlace = ChainIdentity & {
  /** Of a gap, the first that is missing; else the sequence. */
  readonly first: number
  readonly sequence: number
  /** What the next record must name as its previous hash. */
  readonly hash: Uint8Array
  /** What a frame names; nothing else does. */
  readonly previousHash?: Uint8Array
}

/**
 * Undefined for a record that is part of no chain (ticks).
 * @throws MalformedFrame or a protobuf error when the record cannot be read
 */
export function lanePlace(payload: Uint8Array): LanePlace | undefined {
  const { record } = fromBinary(LaneRecordSchema, payload)
  switch (record.case) {
    case 'frame': {
      const header = readFrameHeader(record.value.frame)
      return { ...header, first: header.sequence, hash: sha256(record.value.frame) }
    }
    case 'gap': {
      const gap = readGap(record.value.gap)
      return { ...gap, sequence: gap.last, hash: gap.hashOfLast }
    }
    case 'watermark':
      return watermarkPlace(record.value)
    default:
      return undefined
  }
}

function watermarkPlace({ tenant, agent, epoch, lane, sequence, hash }: Watermark): LanePlace {
  const name = laneName(lane)
  if (!name) throw new MalformedFrame(`unknown lane ${lane}`)
  const at = Number(sequence)
  return { tenant, agent, epoch: Number(epoch), lane: name, first: at, sequence: at, hash }
}

type At = { readonly epoch: number; readonly sequence: number }

/** Negative when `a` comes before `b` in an agent's lane: epochs only rise. */
export const comparePlaces = (a: At, b: At): number => a.epoch - b.epoch || a.sequence - b.sequence

/** True when a record can directly follow a place. */
export const follows = (record: At & { readonly first: number }, after: At): boolean =>
  record.epoch === after.epoch
    ? record.first <= after.sequence + 1 && record.sequence > after.sequence
    : record.epoch > after.epoch && record.first === 1
