// How long raw samples are kept.

/** What is older when it arrives is not stored: its day is already gone. */
export const SAMPLE_RETENTION_DAYS = 30
export const SAMPLE_RETENTION_MS = SAMPLE_RETENTION_DAYS * 24 * 3_600_000
