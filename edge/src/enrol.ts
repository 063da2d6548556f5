// Becomes an agent: the one-time token and the public key go to the API, the identity comes back. Asking again with
// the same key is harmless, so every failure may be retried.

import { rawPublicKey } from '@secumon/contracts/signing'
import type { KeyObject } from 'node:crypto'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { errorText } from './error-code.ts'
import { BadIdentity, encode, object, parseIdentity, type AgentIdentity } from './state/agent-identity.ts'
import { dial, DialFailed } from './uplink/dial.ts'
import type { ProxyEnvironment } from './uplink/proxy.ts'

export type EnrolOptions = {
  /** The API's address, without `/api/v1`. */
  readonly apiUrl: string
  readonly token: string
  readonly key: KeyObject
  /** 1 – 253 characters. */
  readonly name: string
  readonly tags?: readonly string[]
  readonly simulated?: boolean
  readonly signal: AbortSignal
  readonly environment?: ProxyEnvironment
  readonly authorities?: string
  /** Default 15,000. */
  readonly timeoutMs?: number
}

/** Enrolment did not succeed; the message says why. */
export class EnrolFailed extends Error {
  override readonly name = 'EnrolFailed'
  /** The API understood and said no: asking again at once is of no use. */
  readonly isRefused: boolean
  constructor(message: string, isRefused: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isRefused = isRefused
  }
}

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 64 * 1024
// 4xx that a later attempt may not meet: time-out, too early, too many.
const PASSING = new Set([408, 425, 429])

/** @throws EnrolFailed */
export async function enrol(options: EnrolOptions): Promise<AgentIdentity> {
  const { token, key, name, tags = [], simulated = false } = options
  const body = JSON.stringify({ token, public_key: encode(rawPublicKey(key)), name, tags, simulated })
  try {
    const { status, content } = await post(options, body)
    if (status === 200 || status === 201) return parseIdentity(json(content))
    const isRefused = status >= 400 && status < 500 && !PASSING.has(status)
    throw new EnrolFailed(`the API answered ${status}: ${said(content)}`, isRefused)
  } catch (cause) {
    if (cause instanceof EnrolFailed) throw cause
    const isForeign = cause instanceof BadIdentity || cause instanceof DialFailed
    throw new EnrolFailed(isForeign ? cause.message : errorText(cause), false, { cause })
  }
}

async function post(options: EnrolOptions, body: string): Promise<{ status: number; content: string }> {
  const url = enrolUrl(options.apiUrl)
  const { timeoutMs = TIMEOUT_MS } = options
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)])
  const socket = await dial({ ...options, url, timeoutMs, signal, protocols: ['http/1.1'] })
  try {
    const headers = {
      host: url.host,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    }
    const asked = requestHttp({
      method: 'POST',
      path: url.pathname,
      headers,
      signal,
      createConnection: () => socket,
    })
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve).once('error', reject).end(body)
    })
    return { status: response.statusCode ?? 0, content: await read(response) }
  } finally {
    socket.destroy()
  }
}

function enrolUrl(apiUrl: string): URL {
  if (!URL.canParse(apiUrl)) throw new EnrolFailed('the API address is not a URL', true)
  const base = new URL(apiUrl)
  if (!/^https?:$/.test(base.protocol)) throw new EnrolFailed('the API address is not an http(s) URL', true)
  return new URL(`${base.pathname.replace(/\/+$/, '')}/api/v1/enrol`, base)
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_ANSWER_BYTES) throw new EnrolFailed('the answer is too long to be the API', false)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function json(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    throw new EnrolFailed('the answer is not JSON: is this the address of the API?', false, { cause })
  }
}

// The API's `error` and `detail`, printable and short; of anything else only that there was something.
function said(content: string): string {
  try {
    const { error, detail } = object(JSON.parse(content), 'the answer')
    const text = [error, detail].filter((part) => typeof part === 'string').join('. ')
    return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300)
  } catch {
    return 'no reason that could be read'
  }
}
