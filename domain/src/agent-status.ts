// Whether an agent is there, told by the log's own ticks and never by a reader's clock.

/** Silence of this many periods makes an agent late. */
export const LATE_PERIODS = 3
/** A gateway says it is alive every 5 s; three missed and we are blind. */
export const GATEWAY_SILENCE_MS = 15_000
/** An agent that finds no gateway tries again after a minute at the latest: so long after one is back it may be on its way. */
export const RETURN_MS = 60_000

export type AgentStatus = 'pending' | 'online' | 'offline' | 'unknown'

/** Clocks of gateways and of the tick's writer may differ by this; beyond it one of them is wrong. */
export const CLOCK_TOLERANCE_MS = 60_000

/** What the ticks of one shard have said so far. */
export type Hearing = {
  /** The time, as ticks tell it. */
  readonly tickMs: number
  /** What the newest tick said when it was too far from the time to be believed alone. */
  readonly doubtedMs: number | undefined
  /** Last sign of life of any gateway; undefined before the first. */
  readonly gatewaySeenMs: number | undefined
  /** Since when gateways have been heard without a break. */
  readonly gatewaySinceMs: number | undefined
}

export const DEAF: Hearing = {
  tickMs: 0,
  doubtedMs: undefined,
  gatewaySeenMs: undefined,
  gatewaySinceMs: undefined,
}

/** Folds a gateway's sign of life. */
export function gatewayHeard(hearing: Hearing, saidMs: number): Hearing {
  const atMs = plausible(hearing, saidMs)
  const seen = hearing.gatewaySeenMs
  const unbroken =
    seen !== undefined && hearing.gatewaySinceMs !== undefined && atMs - seen <= GATEWAY_SILENCE_MS
  return {
    ...hearing,
    gatewaySeenMs: Math.max(seen ?? atMs, atMs),
    gatewaySinceMs: unbroken ? hearing.gatewaySinceMs : atMs,
  }
}

/**
 * Folds a tick. One that says something else by more than a minute is believed when the next one agrees: neither a
 * clock that was wrong for a moment nor a late writer moves time, and a clock that was put right is followed back.
 */
export function ticked(hearing: Hearing, atMs: number): Hearing {
  const { tickMs, doubtedMs } = hearing
  if (tickMs === 0 || isNear(atMs, tickMs))
    return { ...hearing, tickMs: Math.max(tickMs, atMs), doubtedMs: undefined }
  if (doubtedMs === undefined || !isNear(atMs, doubtedMs)) return { ...hearing, doubtedMs: atMs }
  return bounded({ ...hearing, tickMs: atMs, doubtedMs: undefined })
}

/** What stands before a tick in the log did not happen after it: its own stamp, unless that is beyond the time. */
export const plausible = ({ tickMs }: Hearing, stampMs: number): number =>
  tickMs > 0 && stampMs > tickMs + CLOCK_TOLERANCE_MS ? tickMs : stampMs

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= CLOCK_TOLERANCE_MS

function bounded(hearing: Hearing): Hearing {
  const { gatewaySeenMs, gatewaySinceMs } = hearing
  return {
    ...hearing,
    gatewaySeenMs: gatewaySeenMs && plausible(hearing, gatewaySeenMs),
    gatewaySinceMs: gatewaySinceMs && plausible(hearing, gatewaySinceMs),
  }
}

/** True while gateways are heard: only then silence says something. */
export const canHear = ({ tickMs, gatewaySeenMs }: Hearing): boolean =>
  gatewaySeenMs !== undefined && tickMs - gatewaySeenMs <= GATEWAY_SILENCE_MS

/**
 * How long what was heard last then has been silent while a gateway was there to hear: up to the newest sign of life of
 * one, for the rest may be our own silence; and of what was heard before the gateways were gone, from when agents must
 * have found back to them. Negative: not even that long.
 */
export function unheardMs({ tickMs, gatewaySeenMs, gatewaySinceMs }: Hearing, heardMs: number): number {
  if (gatewaySeenMs === undefined || gatewaySinceMs === undefined) return 0
  const fromMs = heardMs >= gatewaySinceMs ? heardMs : gatewaySinceMs + RETURN_MS
  return Math.min(tickMs, gatewaySeenMs) - fromMs
}

/**
 * Offline needs more than three periods of silence **while a gateway was there to hear**; silence while we were deaf
 * is `unknown`. An agent that never sent a frame is `pending`.
 * @param periodMs the agent's own time between observations
 */
export function agentStatus(hearing: Hearing, receivedMs: number | undefined, periodMs: number): AgentStatus {
  if (receivedMs === undefined) return 'pending'
  const patienceMs = LATE_PERIODS * periodMs
  if (hearing.tickMs - receivedMs <= patienceMs) return 'online'
  if (!canHear(hearing)) return 'unknown'
  if (unheardMs(hearing, receivedMs) > patienceMs) return 'offline'
  return receivedMs >= (hearing.gatewaySinceMs ?? Infinity) ? 'online' : 'unknown'
}
