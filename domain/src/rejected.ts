// The one error of the domain: a command that cannot be carried out, and why.

/** Codes a caller can act on; gateway/errors.ts maps each to Connect, HTTP and an exit code. */
export type RejectionCode =
  | 'invalid'
  | 'not_found'
  | 'already_exists'
  | 'forbidden'
  | 'conflict'
  | 'too_soon'
  | 'revoked'
  | 'unavailable'

export class Rejected extends Error {
  override readonly name = 'Rejected'
  readonly code: RejectionCode
  /** When to try again, for `too_soon` and `unavailable`. */
  readonly retryAfterMs: number | undefined

  constructor(code: RejectionCode, detail: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}
