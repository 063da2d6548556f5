// How long a message is tried, and how often. Nothing here is random, so that every process says the same.

/** A failure waits this long, each further one twice as long, up to the most. */
export const FIRST_RETRY_MS = 5_000
export const MAX_RETRY_MS = 10 * 60_000
/** A message that could not be delivered in that time is given up. */
export const GIVE_UP_MS = 24 * 3_600_000
/** What the other side asks for is honoured up to here. */
export const MAX_RETRY_AFTER_MS = 3_600_000
/** Whoever sends a message has it to himself for so long at the most. */
export const MAX_RESERVED_MS = 2 * 60_000
const JITTER = 0.2

/** How long after a failure a message waits: 5 s, 10 s, 20 s … 10 min, and up to a fifth more, which its id decides. */
export function retryDelayMs(notification: string, failures: number): number {
  const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
  return Math.round(delayMs * (1 + JITTER * share(`${notification} ${failures}`)))
}

/** No attempt of that number waits longer for the next one. */
const longestRetryMs = (attempt: number): number =>
  Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1)) * (1 + JITTER)

/** A message that nobody else may try before a time. */
export type Waiting = {
  readonly untilMs: number
  /** How far ahead that can be at the most. */
  readonly longestMs: number
}

/** While it is being sent. */
export const reserved = ({ untilMs }: { readonly untilMs: bigint }): Waiting => ({
  untilMs: Number(untilMs),
  longestMs: MAX_RESERVED_MS,
})

/** After an attempt that failed. */
export const retryLater = ({ attempt, retryAtMs, channelBusy }: Failed): Waiting => ({
  untilMs: Number(retryAtMs),
  longestMs: channelBusy ? MAX_RETRY_AFTER_MS : longestRetryMs(attempt),
})

type Failed = { readonly attempt: number; readonly retryAtMs: bigint; readonly channelBusy: boolean }

/** Until when nobody tries. Further ahead than it can be it only is where a clock was put back: then the time has come. */
export const notBeforeMs = ({ untilMs, longestMs }: Waiting, nowMs: number): number =>
  untilMs > nowMs + longestMs + 1 ? nowMs : untilMs

/** Seconds' worth of messages that may go at once. */
const BURST_SECONDS = 10

export type Rate = {
  /** Between two messages, when many wait. */
  readonly intervalMs: number
  /** So many may go at once after a quiet time. */
  readonly burst: number
}

/** @param perMinute messages at most */
export const rateOf = (perMinute: number): Rate => ({
  intervalMs: 60_000 / perMinute,
  burst: Math.max(1, Math.floor((perMinute * BURST_SECONDS) / 60)),
})

/**
 * When the next message would go if none ever went at once, but not before now. Further ahead than what may go at once it
 * only is where a clock was put back: then it begins anew.
 */
export function arrivalMs(tatMs: number, { intervalMs, burst }: Rate, nowMs: number): number {
  const isPossible = tatMs <= nowMs + burst * intervalMs + 1
  return isPossible ? Math.max(tatMs, nowMs) : nowMs
}

// FNV-1a, as a number from 0 to below 1.
function share(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) / 2 ** 32
}
