// Gets a lane to where the log stands, however long the log takes to say.

import { setTimeout as delay } from 'node:timers/promises'
import type { Gateway } from './gateway.ts'
import { EpochAhead } from './lane-log.ts'
import type { Lane, LaneOwner } from './lane.ts'
import { isDown, logUp } from './log-up.ts'
import { wait } from './refusals.ts'

const CATCH_UP_MS = 2_000

/** Tells the agent to wait while the log is away. False when the signal came first. */
export async function openLane(
  lane: Lane,
  owner: LaneOwner,
  gateway: Gateway,
  signal: AbortSignal,
): Promise<boolean> {
  const { log, limits, identities } = gateway
  while (!signal.aborted) {
    const fault = isDown(log) ? new Error(log.trouble) : await failureOf(lane)
    if (!fault) return true
    owner.refuse(wait(lane.name, limits.retryAfterMs, fault.message))
    if (fault instanceof EpochAhead) await identities.catchUp(CATCH_UP_MS)
    await delay(limits.retryAfterMs, undefined, { signal, ref: false }).catch(() => undefined)
    await logUp(log, signal)
  }
  return false
}

async function failureOf(lane: Lane): Promise<Error | undefined> {
  try {
    await lane.open()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
