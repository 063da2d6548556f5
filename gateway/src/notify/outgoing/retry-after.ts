// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.

const LONGEST_MS = 24 * 3_600_000

/** Undefined where it says nothing that can be read; a day at most. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? ''
  if (text === '') return undefined
  const isSeconds = /^\d+(\.\d+)?$/.test(text)
  // What has no day's name is no date of HTTP, though it may be read as one.
  if (!isSeconds && !/^[A-Z][a-z]{2}/.test(text)) return undefined
  const ms = isSeconds ? Number(text) * 1_000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : bounded(ms)
}

/** Seconds as JSON has them, e.g. `parameters.retry_after`. */
export const retrySecondsMs = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? bounded(value * 1_000) : undefined

const bounded = (ms: number): number => Math.min(Math.max(0, Math.ceil(ms)), LONGEST_MS)
