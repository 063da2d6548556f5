// Whether an agent is there, told by the log's own ticks and never by a reader's clock.

/** Silence of this many periods makes an agent late. */
export const LATE_PERIODS = 3
/** A gateway says it is alive every 5 s; three missed and it is gone. */
export const GATEWAY_SILENCE_MS = 15_000
/** An agent that finds no gateway tries again after a minute at the latest: so long after one is back it may be on its way. */
export const RETURN_MS = 60_000

export type AgentStatus = 'pending' | 'online' | 'offline' | 'unknown'

/** Clocks of gateways and of the tick's writer may differ by this; beyond it one of them is wrong. */
export const CLOCK_TOLERANCE_MS = 60_000

/** A gateway process, for as long as it said that it is there. */
export type Listener = {
  /** Names the process: started again, it is another. */
  readonly gateway: string
  /** Since when it has been heard without a break. */
  readonly sinceMs: number
  /** Its last sign of life. */
  readonly seenMs: number
}

/** What the ticks of one shard have said so far. */
export type Hearing = {
  /** The time, as ticks tell it. */
  readonly tickMs: number
  /** What the newest tick said when it was too far from the time to be believed alone. */
  readonly doubtedMs: number | undefined
  /** Gateways that are there and the last that were; what was heard last comes first. */
  readonly listeners: readonly Listener[]
}

export const DEAF: Hearing = { tickMs: 0, doubtedMs: undefined, listeners: [] }

/** Gateways that are gone are remembered for who was silent before; of so many, for some may start again and again. */
const GONE_REMEMBERED = 16

/** Folds a gateway's sign of life. */
export function gatewayHeard(hearing: Hearing, gateway: string, saidMs: number): Hearing {
  const atMs = plausible(hearing, saidMs)
  const before = hearing.listeners.find((listener) => listener.gateway === gateway)
  const isUnbroken = before !== undefined && atMs - before.seenMs <= GATEWAY_SILENCE_MS
  const now = isUnbroken
    ? { ...before, seenMs: Math.max(before.seenMs, atMs) }
    : { gateway, sinceMs: atMs, seenMs: atMs }
  const others = isUnbroken ? hearing.listeners.filter((each) => each !== before) : hearing.listeners
  return { ...hearing, listeners: remembered([now, ...others]) }
}

function remembered(listeners: readonly Listener[]): Listener[] {
  const newestFirst = listeners.toSorted((a, b) => b.seenMs - a.seenMs)
  const goneMs = (newestFirst[0]?.seenMs ?? 0) - GATEWAY_SILENCE_MS
  return newestFirst.slice(0, newestFirst.filter(({ seenMs }) => seenMs >= goneMs).length + GONE_REMEMBERED)
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
  const listeners = hearing.listeners.map((listener) => ({
    ...listener,
    sinceMs: plausible(hearing, listener.sinceMs),
    seenMs: plausible(hearing, listener.seenMs),
  }))
  return { ...hearing, listeners: remembered(listeners) }
}

const isThere = ({ tickMs }: Hearing, { seenMs }: Listener): boolean => tickMs - seenMs <= GATEWAY_SILENCE_MS

/** True while gateways are heard: only then silence says something. */
export const canHear = (hearing: Hearing): boolean =>
  hearing.listeners[0] !== undefined && isThere(hearing, hearing.listeners[0])

/** Any of these may be the one that heard it: the log does not say which. */
const mayHaveHeard = (heardMs: number, { sinceMs, seenMs }: Listener): boolean =>
  sinceMs <= heardMs && heardMs <= seenMs + GATEWAY_SILENCE_MS

/**
 * How long what was heard last then has been silent to somebody: while the gateway that heard it was there, up to that
 * one's last sign of life, for the rest may be our own silence; and to each that is there now, from when agents of those that
 * are gone must have found it. Negative: not even that long.
 */
export function unheardMs(hearing: Hearing, heardMs: number): number {
  const { tickMs, listeners } = hearing
  let listenedToMs = -Infinity
  let lostMs = heardMs
  for (const listener of listeners) {
    if (!mayHaveHeard(heardMs, listener)) continue
    // They are sorted: this one was heard less lately than those before.
    listenedToMs = Math.min(tickMs, listener.seenMs)
    if (!isThere(hearing, listener)) lostMs = Math.max(lostMs, listener.seenMs)
  }
  let longestMs = listenedToMs - heardMs
  for (const listener of listeners) {
    if (!isThere(hearing, listener)) break
    const foundMs = Math.max(lostMs, listener.sinceMs) + RETURN_MS
    longestMs = Math.max(longestMs, Math.min(tickMs, listener.seenMs) - foundMs)
  }
  return longestMs
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
  return isHeardBy(hearing, receivedMs) ? 'online' : 'unknown'
}

// Whoever heard it last is there still: its time is not over yet.
function isHeardBy(hearing: Hearing, heardMs: number): boolean {
  const possible = hearing.listeners.filter((listener) => mayHaveHeard(heardMs, listener))
  return possible.length > 0 && possible.every((listener) => isThere(hearing, listener))
}
