// Requests to Loki (https://grafana.com/docs/loki/latest/reference/loki-http-api/), each with a time limit, in the name of
// one tenant.

export type LokiOptions = {
  /** e.g. `http://loki:3100`; a path before `/loki/api` may follow. */
  readonly url: string
  /** With `password`: HTTP basic authentication. */
  readonly user?: string
  readonly password?: string
  /** Bearer token. */
  readonly token?: string
  /** What every tenant is in Loki; absent: each is a tenant of its own there too, by the same name. */
  readonly tenant?: string
}

/** What Loki answered that is no success. */
export class LokiRefusal extends Error {
  override readonly name = 'LokiRefusal'
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** Loki could not be reached, or did not answer in time. */
export class LokiAway extends Error {
  override readonly name = 'LokiAway'
  readonly timedOut: boolean

  constructor(message: string, timedOut: boolean, options?: ErrorOptions) {
    super(message, options)
    this.timedOut = timedOut
  }
}

export type LokiRequest = {
  readonly tenant: string
  readonly timeoutMs: number
  /** After `/loki/api/v1/`. */
  readonly path: string
  readonly parameters?: Readonly<Record<string, string>>
  /** Sent as JSON by POST. */
  readonly body?: string
}

/** The answer's JSON; undefined where there is none. @throws LokiRefusal, LokiAway */
export type AskLoki = (request: LokiRequest) => Promise<unknown>

const ERROR_CHARACTERS = 500
/** What Loki answers by default while it takes nothing of a tenant on purpose: no success. */
const BLOCKED = 260

export const lokiClient =
  (options: LokiOptions): AskLoki =>
  async ({ tenant, timeoutMs, path, parameters = {}, body }) => {
    const query = new URLSearchParams(parameters).toString()
    const address = `${options.url.replace(/\/+$/, '')}/loki/api/v1/${path}?${query}`
    const post = body === undefined ? {} : { method: 'POST', body }
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(address, {
        ...post,
        headers: headersOf(options, tenant),
        redirect: 'error',
        signal,
      })
      const text = await response.text()
      if (!response.ok || response.status === BLOCKED) throw refusalOf(response, text)
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    } catch (error) {
      if (error instanceof LokiRefusal) throw error
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      throw new LokiAway(timedOut ? `no answer within ${timeoutMs} ms` : 'Loki cannot be reached', timedOut, {
        cause: error,
      })
    }
  }

function headersOf(
  { user, password = '', token, ...options }: LokiOptions,
  tenant: string,
): Record<string, string> {
  const basic =
    user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const authorization = token === undefined ? basic : `Bearer ${token}`
  return {
    'content-type': 'application/json',
    'x-scope-orgid': options.tenant ?? tenant,
    // Labels of the stream and metadata of a line are told apart.
    'x-loki-response-encoding-flags': 'categorize-labels',
    ...(authorization !== undefined && { authorization }),
  }
}

function refusalOf(response: Response, text: string): LokiRefusal {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined
  return new LokiRefusal(response.status, text.slice(0, ERROR_CHARACTERS), retryAfterMs)
}
