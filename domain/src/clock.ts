// Time, as a value that is handed in.

export type Clock = {
  /** Milliseconds since 1970 UTC, by the wall. */
  nowMs(): number
  /** Milliseconds that never go back, from an arbitrary start. */
  monotonicMs(): number
}
