// A submission as ingest sees it: whose it is, where it belongs in the chain, and the bytes that were signed.

import { fromBinary } from '@bufbuild/protobuf'
import {
  MalformedFrame,
  readFrameHeader,
  readGap,
  sha256,
  type ChainIdentity,
} from '@secumon/contracts/frame'
import { AgentFrameSchema, GapSchema } from '@secumon/contracts/gen/frame'
import type { Submission } from '@secumon/contracts/gen/ingest'
import { laneName } from '@secumon/contracts/lanes'
import type { Offer } from './chain.ts'
import type { RecordKind } from './lane-record.ts'
import type { Place } from './refusals.ts'

/** A frame or gap offered to its lane. */
export type Candidate = {
  readonly kind: RecordKind
  readonly chain: ChainIdentity
  readonly offer: Offer
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  /** Agent's wall clock when it was sealed. */
  readonly sentAtMs: number
  /** Since then, by the agent's monotonic clock. */
  readonly ageMs: number
}

// Ten thousand years: what is claimed beyond makes no header that cannot be read.
const LONGEST_MS = 3.2e14

/** @throws MalformedFrame when it cannot be said which chain and which place it is for */
export function readSubmission({ record, ageMs: firstMs, furtherAgeMs }: Submission): Candidate {
  const ageMs = firstMs + Math.min(Number(furtherAgeMs), LONGEST_MS)
  switch (record.case) {
    case 'frame': {
      const { frame: bytes, signature } = record.value
      const header = readFrameHeader(bytes)
      const { epoch, sequence, previousHash, sentAtMs } = header
      const offer = { epoch, first: sequence, last: sequence, previousHash, hash: sha256(bytes) }
      return { kind: 'frame', chain: header, offer, bytes, signature, sentAtMs, ageMs }
    }
    case 'gap': {
      const { gap: bytes, signature } = record.value
      const header = readGap(bytes)
      const { epoch, first, last, hashOfLast, atMs } = header
      const offer = { epoch, first, last, hash: hashOfLast }
      return { kind: 'gap', chain: header, offer, bytes, signature, sentAtMs: atMs, ageMs }
    }
    default:
      throw new MalformedFrame('a submission without a record')
  }
}

/** The place a malformed record names, if it can be made out, so that its agent can be asked to replace it. */
export function placeOf({ record }: Submission): Place | undefined {
  try {
    if (record.case === 'frame') {
      const { lane, epoch, sequence } = fromBinary(AgentFrameSchema, record.value.frame)
      return place(lane, epoch, sequence)
    }
    if (record.case !== 'gap') return undefined
    const { lane, epoch, first } = fromBinary(GapSchema, record.value.gap)
    return place(lane, epoch, first)
  } catch {
    return undefined
  }
}

function place(lane: number, epoch: bigint, sequence: bigint): Place | undefined {
  const name = laneName(lane)
  return name && isPlace(epoch) && isPlace(sequence)
    ? { lane: name, epoch: Number(epoch), sequence: Number(sequence) }
    : undefined
}

const isPlace = (value: bigint): boolean => value >= 1n && value <= BigInt(Number.MAX_SAFE_INTEGER)
