// Whether an agent is there, told by the log's own ticks and never by a reader's clock.

/** Silence of this many periods makes an agent late. */
export const LATE_PERIODS = 3
/** A gateway says it is alive every 5 s; three missed and we are blind. */
export const GATEWAY_SILENCE_MS = 15_000

export type AgentStatus = 'pending' | 'online' | 'offline' | 'unknown'

/** What the ticks of one shard have said so far. */
export type Hearing = {
  /** Time of the newest tick. */
  readonly tickMs: number
  /** Last sign of life of any gateway; undefined before the first. */
  readonly gatewaySeenMs: number | undefined
  /** Since when gateways have been heard without a break. */
  readonly gatewaySinceMs: number | undefined
}

export const DEAF: Hearing = { tickMs: 0, gatewaySeenMs: undefined, gatewaySinceMs: undefined }

/** Folds a gateway's sign of life. */
export function gatewayHeard(hearing: Hearing, atMs: number): Hearing {
  const seen = hearing.gatewaySeenMs
  const unbroken =
    seen !== undefined && hearing.gatewaySinceMs !== undefined && atMs - seen <= GATEWAY_SILENCE_MS
  return {
    ...hearing,
    gatewaySeenMs: Math.max(seen ?? atMs, atMs),
    gatewaySinceMs: unbroken ? hearing.gatewaySinceMs : atMs,
  }
}

/** Folds a tick. Ticks of a late writer do not turn time back. */
export const ticked = (hearing: Hearing, atMs: number): Hearing => ({
  ...hearing,
  tickMs: Math.max(hearing.tickMs, atMs),
})

/**
 * Offline needs more than three periods of silence **while a gateway was there to hear**; silence while we were deaf
 * is `unknown`. An agent that never sent a frame is `pending`.
 * @param periodMs the agent's own time between observations
 */
export function agentStatus(hearing: Hearing, receivedMs: number | undefined, periodMs: number): AgentStatus {
  if (receivedMs === undefined) return 'pending'
  const patienceMs = LATE_PERIODS * periodMs
  if (hearing.tickMs - receivedMs <= patienceMs) return 'online'
  const { gatewaySeenMs, gatewaySinceMs } = hearing
  if (gatewaySeenMs === undefined || gatewaySinceMs === undefined) return 'unknown'
  if (hearing.tickMs - gatewaySeenMs > GATEWAY_SILENCE_MS) return 'unknown'
  return hearing.tickMs - Math.max(receivedMs, gatewaySinceMs) > patienceMs ? 'offline' : 'unknown'
}
