// How long what is measured is kept, by what is kept of it.

/** Days; a relation keeps whole days (UTC). */
export type KeptDays = {
  /** Rows as measured. What is older when it arrives is not stored. */
  readonly raw: number
  /** Rollups, by the width of their buckets. */
  readonly rollup5min: number
  readonly rollup1hour: number
  readonly logs: number
}

/** What holds when nothing is set. */
export const DEFAULT_KEPT_DAYS: KeptDays = { raw: 30, rollup5min: 90, rollup1hour: 365, logs: 30 }
