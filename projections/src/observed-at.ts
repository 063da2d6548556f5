// When an observation was made: the agent's own time, corrected by what the log knows of its clock.

/** An offset up to this is left alone: it is mostly the way of the message. */
export const CLOCK_TOLERANCE_MS = 5_000
const EARLIEST_MS = Date.UTC(2020, 0, 1)
const FUTURE_MS = 24 * 3_600_000

export type ClockReading = { readonly receivedAtMs: number; readonly clockOffsetMs: number }

/** True when the agent's clock was too far off to be taken at its word. */
export const isCorrected = ({ clockOffsetMs }: ClockReading): boolean =>
  Math.abs(clockOffsetMs) > CLOCK_TOLERANCE_MS

/**
 * Milliseconds since 1970: agent time, plus the offset when that exceeds 5 s; the time of arrival for what would be
 * before 2020 or more than 24 h ahead of its arrival.
 */
export function observedAtMs({ atMs }: { readonly atMs: bigint }, reading: ClockReading): number {
  const at = Number(atMs) + (isCorrected(reading) ? reading.clockOffsetMs : 0)
  return at < EARLIEST_MS || at > reading.receivedAtMs + FUTURE_MS ? reading.receivedAtMs : at
}
