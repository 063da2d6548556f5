// The messages an agent sends, built from what it knows.

import { create } from '@bufbuild/protobuf'
import { GapReason, SignedFrameSchema, SignedGapSchema } from '@secumon/contracts/gen/frame'
import {
  EpochRequestSchema,
  OpenSchema,
  StreamRequestSchema,
  SubmissionSchema,
  type EpochReason,
  type Submission,
  type StreamRequest,
} from '@secumon/contracts/gen/ingest'
import { readFrameHeader, sealGap } from '@secumon/contracts/frame'
import { laneNumber } from '@secumon/contracts/lanes'
import { signMessage } from '@secumon/contracts/signing'
import type { KeyObject } from 'node:crypto'
import { ageMs, type HostClock } from '../host-clock.ts'
import type { Missing, SpoolRecord } from '../spool/spool.ts'
import type { LaneChain } from './lane-chain.ts'

const MAX_AGE_MS = 2 ** 32 - 1

export type Opening = {
  readonly agent: string
  readonly agentVersion: string
  readonly key: KeyObject
  readonly lanes: readonly LaneChain[]
}

export function openRequest({ agent, agentVersion, key, lanes }: Opening, nonce: Uint8Array): StreamRequest {
  const value = create(OpenSchema, {
    agent,
    agentVersion,
    epochs: lanes.map(({ identity }) => ({ lane: laneNumber(identity.lane), epoch: BigInt(identity.epoch) })),
    signature: signMessage('open', Buffer.concat([nonce, Buffer.from(agent, 'ascii')]), key),
  })
  return create(StreamRequestSchema, { message: { case: 'open', value } })
}

export function frameRequest({ bytes, signature, ...sealed }: SpoolRecord, clock: HostClock): StreamRequest {
  const value = create(SignedFrameSchema, { frame: bytes, signature })
  const age = ageMs(sealed, clock) ?? clock.nowMs() - readFrameHeader(bytes).sentAtMs
  return submission({ case: 'frame', value }, Math.max(0, Math.round(age)))
}

export function gapRequest(
  chain: LaneChain,
  gap: Omit<Missing, 'why'>,
  reason: GapReason,
  nowMs: number,
): StreamRequest {
  const { first, last, hashOfLast } = gap
  const sealed = sealGap(
    chain.identity,
    { first, last, hashOfLast, reason, atMs: Math.round(nowMs) },
    chain.key,
  )
  const value = create(SignedGapSchema, { gap: sealed.bytes, signature: sealed.signature })
  return submission({ case: 'gap', value }, 0)
}

export function epochRequest(chain: LaneChain, reason: EpochReason): StreamRequest {
  const value = create(EpochRequestSchema, {
    lane: laneNumber(chain.identity.lane),
    reason,
    quarantinedFrames: BigInt(chain.doubtful),
  })
  return create(StreamRequestSchema, { message: { case: 'epochRequest', value } })
}

/** Why the spool cannot show these frames any more. */
export function gapReason({ why, last }: Missing, durable: number): GapReason {
  if (why === 'corrupt') return GapReason.CORRUPT
  if (last <= durable) return GapReason.FREED
  return why === 'left' ? GapReason.LEFT_BEHIND : GapReason.SPOOL_FULL
}

function submission(record: Submission['record'], age: number): StreamRequest {
  const value = create(SubmissionSchema, {
    record,
    ageMs: Math.min(age, MAX_AGE_MS),
    furtherAgeMs: BigInt(Math.max(0, age - MAX_AGE_MS)),
  })
  return create(StreamRequestSchema, { message: { case: 'submission', value } })
}
