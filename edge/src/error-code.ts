/** The `code` of a system error (`ENOENT`, `ENOSPC` …), or undefined of anything else. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What to tell a person about anything that was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])

/** No room on the disk, or none for this user; also as the cause of what was thrown. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && (DISK_FULL.has(errorCode(error) ?? '') || isDiskFull(error.cause))
