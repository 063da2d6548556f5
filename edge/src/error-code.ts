/** The `code` of a system error (`ENOENT`, `ENOSPC` …), or undefined of anything else. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What to tell a person about anything that was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
