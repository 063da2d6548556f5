// Every error of the API in one shape. What a stranger sees names no inside; the cause goes to the log.

import { Rejected } from '@secumon/domain/rejected'
import { TooManyLogins } from '@secumon/infra/vault/passwords'
import { LogQueryRefused, type LogRefusal } from '@secumon/projections/logs/queries/log-store'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { TooManyAttempts } from '../auth/login-limits.ts'
import { REJECTIONS } from '../errors.ts'
import type { ErrorBody } from './schemas/errors.ts'

export type FailureOptions = {
  readonly detail?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A request that is answered with an error; `message` is what the client reads. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly status: ContentfulStatusCode
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(status: ContentfulStatusCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause })
    this.status = status
    this.detail = options.detail
    this.retryAfterMs = options.retryAfterMs
  }
}

export const unauthorized = (): Failure => new Failure(401, 'invalid or expired token')

export const notFound = (what: string): Failure => new Failure(404, `no such ${what}`)

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'malformed request',
  404: 'no such address',
  413: 'request too large',
  503: 'the service cannot answer now',
  504: 'the answer took too long',
}

/** Any thrown thing as the failure a client is told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Rejected) {
    const options = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }
    return new Failure(REJECTIONS[error.code].http, error.message, { ...options, cause: error.cause })
  }
  if (error instanceof TooManyAttempts)
    return new Failure(429, 'too many attempts', { retryAfterMs: error.retryAfterMs, cause: error })
  if (error instanceof TooManyLogins)
    return new Failure(503, 'too many logins at once', { retryAfterMs: 1_000, cause: error })
  if (error instanceof LogQueryRefused) return logFailure(error)
  if (error instanceof HTTPException)
    return new Failure(error.status, STATUS_TEXTS[error.status] ?? 'request failed', { cause: error })
  if (isOutage(error))
    return new Failure(503, 'the service cannot answer now', { retryAfterMs: 2_000, cause: error })
  return new Failure(500, 'internal error', { cause: error })
}

const LOG_FAILURES: Readonly<Record<LogRefusal, readonly [ContentfulStatusCode, string]>> = {
  regex: [400, 'invalid regular expression'],
  slow: [400, 'too much to search in time'],
  away: [503, 'the logs cannot be read now'],
}

function logFailure(error: LogQueryRefused): Failure {
  const [status, message] = LOG_FAILURES[error.refusal]
  const options = { detail: error.message, cause: error }
  return new Failure(status, message, status === 503 ? { ...options, retryAfterMs: 2_000 } : options)
}

const OUTAGES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  // PostgreSQL: stopping, starting, too many connections, statement cancelled by its time limit.
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '57014',
])

// The database is away or too slow, or a read model has not been built for the first time yet.
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (
    error.name === 'NoGeneration' ||
    /^timeout exceeded|Connection terminated|Query read timeout/.test(error.message)
  )
    return true
  return 'code' in error && typeof error.code === 'string' && OUTAGES.has(error.code)
}

/** The JSON of a failure. */
export function errorBody(failure: Failure): z.infer<typeof ErrorBody> {
  const { status, message, detail, retryAfterMs } = failure
  return {
    error: message,
    code: status,
    ...(detail !== undefined && { detail }),
    ...(retryAfterMs !== undefined && { retry_after_ms: Math.ceil(retryAfterMs) }),
  }
}

/** The first fault of an input, as words that say which field and what to do. */
export function validationFailure(error: z.ZodError, where: string): Failure {
  const faults = error.issues.slice(0, 5).map((issue) => {
    const field = [where === 'json' ? 'body' : where, ...issue.path.map(String)].join('.')
    return `${field}: ${issue.message}`
  })
  return new Failure(400, 'invalid request', { detail: faults.join('; ') })
}
