// Answers an agent's wish for a new epoch.

import { isUnknownEnum } from '@bufbuild/protobuf'
import { epochBytes } from '@secumon/contracts/epoch'
import { EpochReason, EpochReasonSchema, type EpochRequest } from '@secumon/contracts/gen/ingest'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { Rejected } from '@secumon/domain/rejected'
import type { Gateway } from './gateway.ts'
import type { KnownAgent } from './identities.ts'
import type { Answer } from './outbox.ts'
import { reEnrol, wait, type Refused } from './refusals.ts'

export type EpochQuestion = {
  readonly lane: LaneName
  /** The newest epoch the agent knows and can go on with. */
  readonly knows: number
  readonly request: EpochRequest
}

export type EpochAnswer =
  | { readonly outcome: 'granted'; readonly epoch: number; readonly grant: Answer }
  | { readonly outcome: 'refused'; readonly refusal: Refused; readonly isEarly: boolean }

/** Starts the epoch, or says when to ask again. @throws Error that is nobody's fault but ours */
export async function answerEpochRequest(
  { commands, identities, limits }: Gateway,
  known: KnownAgent,
  { lane, knows, request }: EpochQuestion,
): Promise<EpochAnswer> {
  const wish = { lane, known: knows, ...claimsOf(request) }
  try {
    const { started, envelopes } = await commands.startEpoch(known, wish)
    identities.learn(known.agent, envelopes)
    const { epoch } = started
    const value = { lane: laneNumber(lane), epoch, epochStarted: epochBytes(started) }
    return { outcome: 'granted', epoch: Number(epoch), grant: { case: 'epochGrant', value } }
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    const isGone = error.code === 'revoked' || error.code === 'not_found'
    const refusal = isGone
      ? reEnrol(error.message)
      : wait(lane, error.retryAfterMs ?? limits.retryAfterMs, error.message)
    return { outcome: 'refused', refusal, isEarly: error.code === 'too_soon' }
  }
}

// What the agent claims goes into an event for ever: only what has a meaning.
const claimsOf = ({ reason, quarantinedFrames }: EpochRequest) => ({
  reason: isUnknownEnum(EpochReasonSchema, reason) ? EpochReason.UNSPECIFIED : reason,
  quarantinedFrames: Math.min(Number(quarantinedFrames), Number.MAX_SAFE_INTEGER),
})
