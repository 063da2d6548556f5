// Speaks to the HTTP API under the session cookie. Every failure is an ApiFailure with words for the screen.

import type { ErrorBody } from './api-types.ts'

const TIMEOUT_MS = 20_000
const FILE_TIMEOUT_MS = 300_000

/** Why a request failed; `status` is 0 when no answer came at all. */
export class ApiFailure extends Error {
  readonly status: number
  readonly detail: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(status: number, message: string, body?: Partial<ErrorBody>) {
    super(message)
    this.name = 'ApiFailure'
    this.status = status
    this.detail = body?.detail
    this.retryAfterMs = body?.retry_after_ms
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

export type Request = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** How long the whole answer may take. */
  readonly timeoutMs?: number
}

let onUnauthorized: () => void = () => undefined

/** Says what happens when the session is over; the session state calls it once at start. */
export function whenUnauthorized(react: () => void): void {
  onUnauthorized = react
}

/** Path and query string under /api/v1; undefined values are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  const text = search.toString()
  return `/api/v1${path}${text ? `?${text}` : ''}`
}

/** Asks the API and answers the JSON body. @throws ApiFailure */
export async function api<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request)
  const body = await readJson(response)
  if (response.ok) return body as T
  throw failureOf(path, response, body)
}

/** Asks the API for a file. @throws ApiFailure */
export async function apiFile(path: string, query: Query): Promise<Blob> {
  const response = await send(path, { query, timeoutMs: FILE_TIMEOUT_MS })
  if (response.ok) return response.blob()
  throw failureOf(path, response, await readJson(response))
}

function failureOf(path: string, response: Response, body: unknown): ApiFailure {
  const fault = isErrorBody(body) ? body : undefined
  if (response.status === 401 && path !== '/session') onUnauthorized()
  return new ApiFailure(response.status, fault?.error ?? `HTTP ${response.status}`, fault)
}

async function send(path: string, request: Request): Promise<Response> {
  const { method = 'GET', query, body, signal, timeoutMs = TIMEOUT_MS } = request
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await fetch(apiUrl(path, query), {
      method,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiFailure(0, error instanceof Error ? error.message : 'no answer')
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiFailure(response.status, `HTTP ${response.status}`)
  }
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'

/** True for the failure of a request that the screen itself withdrew. */
export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError'

/** Any thrown thing as an ApiFailure, so that screens have one kind to show. */
export const asFailure = (error: unknown): ApiFailure =>
  error instanceof ApiFailure
    ? error
    : new ApiFailure(0, error instanceof Error ? error.message : String(error))
