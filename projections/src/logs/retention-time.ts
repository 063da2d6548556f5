// How long log lines are kept where they can be searched; after that they are in the archive.

/** What is older when it arrives is not stored: its day is already gone. */
export const LOG_RETENTION_DAYS = 30
export const LOG_RETENTION_MS = LOG_RETENTION_DAYS * 24 * 3_600_000
