// How long a moment is waited for before something is believed; and what is said of times that a clock that was put back has
// made impossible.

const SECOND_MS = 1_000

/** A transition that was written so long after it happened was decided by an evaluator that had been away. */
export const AWAY_MS = 5 * 60 * SECOND_MS
/** What comes late comes in numbers: so long after the last of it, it is told together … */
export const SETTLE_MS = 60 * SECOND_MS
/** … but so long after the first at the latest. */
export const MAX_SETTLE_MS = 10 * 60 * SECOND_MS
/** A host that was just heard again has to send what it kept before its other alerts are true. */
export const RECOVERY_MS = 30 * SECOND_MS
/** Silence of one metric may be the silence of its host, which is told within two ticks. */
export const NO_DATA_MS = 10 * SECOND_MS
/** A silence that is over is remembered for so long, for what is told afterwards. */
export const OVER_MS = 24 * 3_600 * SECOND_MS
/** A clock that goes back by more was put back: what it said before is compared with nothing. */
export const CLOCK_STEP_MS = SECOND_MS

/** When a wait is over. One that began further ahead than it lasts began before a clock was put back: it is over now. */
export const waitEndsMs = (
  { sinceMs, waitMs }: { readonly sinceMs: number; readonly waitMs: number },
  nowMs: number,
): number => (sinceMs > nowMs + waitMs ? nowMs : sinceMs + waitMs)
