// Gets a lane to where the log stands, however long the log takes to say. An epoch that the agent or its lane has seen
// and the log of identities has lost (a restored backup) is followed by the next: else the agent would wait for ever.

import { EpochReason } from '@secumon/contracts/gen/ingest'
import { setTimeout as delay } from 'node:timers/promises'
import type { Gateway } from './gateway.ts'
import type { KnownAgent } from './identities.ts'
import { EpochAhead } from './lane-log.ts'
import type { Lane, LaneOwner } from './lane.ts'
import { isDown, logUp } from './log-up.ts'
import { wait } from './refusals.ts'

const CATCH_UP_MS = 2_000

export type Opener = {
  readonly owner: LaneOwner
  readonly known: KnownAgent
  /** The lane's epoch as the agent knows it; the log of identities was caught up with when it said so. */
  readonly claimed: number
  readonly signal: AbortSignal
}

/** Tells the agent to wait while the log is away. False when the signal came first. */
export async function openLane(
  lane: Lane,
  gateway: Gateway,
  { owner, known, claimed, signal }: Opener,
): Promise<boolean> {
  const { log, limits, identities } = gateway
  let seen = claimed
  while (!signal.aborted) {
    const fault = isDown(log) ? new Error(log.trouble) : await failureOf(lane, { gateway, known, seen })
    if (!fault) return true
    owner.refuse(wait(lane.name, limits.retryAfterMs, fault.message))
    if (fault instanceof EpochAhead && (await identities.catchUp(CATCH_UP_MS))) seen = fault.epoch
    await delay(limits.retryAfterMs, undefined, { signal, ref: false }).catch(() => undefined)
    await logUp(log, signal)
  }
  return false
}

type Attempt = { readonly gateway: Gateway; readonly known: KnownAgent; readonly seen: number }

async function failureOf(lane: Lane, { gateway, known, seen }: Attempt): Promise<Error | undefined> {
  try {
    if (seen > lane.epoch) await startEpochAfter(lane, { gateway, known, seen })
    await lane.open()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function startEpochAfter(lane: Lane, { gateway, known, seen }: Attempt): Promise<void> {
  const { commands, identities, logger } = gateway
  const { agent } = known
  logger.warn(
    { agent, lane: lane.name, lost: seen, known: lane.epoch },
    'the log of identities lost an epoch',
  )
  const wish = { lane: lane.name, known: seen, reason: EpochReason.SPOOL_BEHIND, quarantinedFrames: 0 }
  const { envelopes } = await commands.startEpoch(known, wish)
  identities.learn(agent, envelopes)
}
