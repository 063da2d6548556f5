// The payload of a lane's subject: built around the agent's bytes without re-encoding them, and read back for its
// place in the chain.

import { fromBinary } from '@bufbuild/protobuf'
import { readFrameHeader, readGap, sha256, type ChainHead } from '@secumon/contracts/frame'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'

/** The field of LaneRecord that carries it. */
export type RecordKind = 'frame' | 'gap'

const RECORD_TAG: Record<RecordKind, number> = { frame: (1 << 3) | 2, gap: (2 << 3) | 2 }
const SIGNED_TAG = (1 << 3) | 2
const SIGNATURE_TAG = (2 << 3) | 2

/** LaneRecord { kind: { 1: signed bytes, 2: signature } }, with the agent's bytes verbatim and copied once. */
export function laneRecord(kind: RecordKind, signed: Uint8Array, signature: Uint8Array): Uint8Array {
  const innerBytes = 1 + varintBytes(signed.length) + signed.length + 2 + signature.length
  const record = Buffer.allocUnsafe(1 + varintBytes(innerBytes) + innerBytes)
  let at = writeLength(record, 0, RECORD_TAG[kind], innerBytes)
  at = writeLength(record, at, SIGNED_TAG, signed.length)
  record.set(signed, at)
  at = writeLength(record, at + signed.length, SIGNATURE_TAG, signature.length)
  record.set(signature, at)
  return record
}

/** A chain's head, with the epoch it belongs to. */
export type LaneHead = ChainHead & { readonly epoch: number }

/**
 * Where a lane stood after this record.
 * @throws Error when it is not a record of a lane
 */
export function headOf(payload: Uint8Array): LaneHead {
  const { record } = fromBinary(LaneRecordSchema, payload)
  switch (record.case) {
    case 'frame': {
      const { epoch, sequence } = readFrameHeader(record.value.frame)
      return { epoch, sequence, hash: sha256(record.value.frame) }
    }
    case 'gap': {
      const { epoch, last, hashOfLast } = readGap(record.value.gap)
      return { epoch, sequence: last, hash: hashOfLast }
    }
    case 'watermark': {
      const { epoch, sequence, hash } = record.value
      return { epoch: Number(epoch), sequence: Number(sequence), hash }
    }
    default:
      throw new Error(`a lane's subject holds ${record.case ?? 'an unknown record'}`)
  }
}

function writeLength(into: Buffer, at: number, tag: number, length: number): number {
  into[at] = tag
  let next = at + 1
  for (let rest = length; ; rest >>>= 7) {
    into[next++] = rest > 0x7f ? (rest & 0x7f) | 0x80 : rest
    if (rest <= 0x7f) return next
  }
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++
  return bytes
}
