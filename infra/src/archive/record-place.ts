// Where a record stands in its chain or aggregate, as far as an index needs it: read without decoding what it carries.

import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { readFrameHeader, readGap, sha256 } from '@secumon/contracts/frame'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import type { LaneName } from '@secumon/contracts/lanes'
import { parseEventSubject } from '@secumon/contracts/subjects'

export type ChainPlace = {
  readonly type: 'chain'
  readonly agent: string
  readonly epoch: number
  readonly lane: LaneName
  readonly first: number
  readonly last: number
  /** What the next record must name; computed when asked for. */
  readonly hash: () => Uint8Array
}

export type AggregatePlace = {
  readonly type: 'aggregate'
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly commandId: string
  readonly atMs: number
}

/** Undefined for a record that extends neither, or cannot be read: it is archived all the same. */
export function placeOf(subject: string, payload: Uint8Array): ChainPlace | AggregatePlace | undefined {
  try {
    return subject.startsWith('events.') ? aggregatePlace(subject, payload) : chainPlace(payload)
  } catch {
    return undefined
  }
}

function chainPlace(payload: Uint8Array): ChainPlace | undefined {
  const { record } = fromBinary(LaneRecordSchema, payload)
  if (record.case === 'frame') {
    const bytes = record.value.frame
    const { agent, epoch, lane, sequence } = readFrameHeader(bytes)
    return { type: 'chain', agent, epoch, lane, first: sequence, last: sequence, hash: () => sha256(bytes) }
  }
  if (record.case !== 'gap') return undefined
  const { agent, epoch, lane, first, last, hashOfLast } = readGap(record.value.gap)
  return { type: 'chain', agent, epoch, lane, first, last, hash: () => hashOfLast.slice() }
}

const COMMAND_ID = (1 << 3) | WireType.LengthDelimited
const VERSION = (2 << 3) | WireType.Varint
const AT_MS = (4 << 3) | WireType.Varint

function aggregatePlace(subject: string, payload: Uint8Array): AggregatePlace | undefined {
  const ref = parseEventSubject(subject)
  if (!ref) return undefined
  const reader = new BinaryReader(payload)
  const found = { commandId: '', version: 0, atMs: 0 }
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === COMMAND_ID) found.commandId = reader.string()
    else if (tag === VERSION) found.version = Number(reader.uint64())
    else if (tag === AT_MS) found.atMs = Number(reader.int64())
    else reader.skip(tag & 7, tag >>> 3)
  }
  return { type: 'aggregate', aggregate: ref.aggregate, id: ref.id, ...found }
}
