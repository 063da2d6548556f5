// When a value may no longer be called current.

/** Silence of this many periods makes a value stale, as it makes an agent late. */
const LATE_PERIODS = 3
/** Room for the way from the host to the screen. */
const TRANSIT_MS = 5_000

/** @param periodMs the time at which values are expected */
export const isStale = (atMs: number, periodMs: number, nowMs: number): boolean =>
  nowMs - atMs > LATE_PERIODS * periodMs + TRANSIT_MS
