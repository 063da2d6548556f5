// Signed requests to an S3-compatible store (AWS Signature Version 4, path-style addresses), each with a time limit and
// tried again with growing pauses where that may help.

import { AwsV4Signer } from 'aws4fetch'
import { setTimeout as delay } from 'node:timers/promises'
import { isWorthAnotherTry, refusal, S3Unavailable, type StoreAnswer } from './s3-errors.ts'
import { readError } from './s3-xml.ts'

export type S3Options = {
  /** e.g. `https://s3.eu-west-3.amazonaws.com`. */
  readonly url: string
  readonly bucket: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
  readonly attempts?: number
  /** Before the second attempt; doubles with each. */
  readonly pauseMs?: number
  /** For one attempt of a request without a large body. */
  readonly timeoutMs?: number
}

export type S3Request<T> = {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Absent: the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** A file, read anew by each attempt. */
  readonly body?: Blob
  /** Hexadecimal SHA-256 of the body, which the store checks. */
  readonly bodySha256?: string
  /** Added to the time limit. */
  readonly extraMs?: number
  /** Statuses beside 2xx that `read` understands. */
  readonly fine?: readonly number[]
  readonly read: (response: Response) => Promise<T> | T
}

export type S3Client = { request<T>(request: S3Request<T>): Promise<T> }

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const MAX_PAUSE_MS = 10_000

/** An answer or a broken connection that is worth another try. */
class Again extends Error {
  override readonly name = 'Again'
}

export function createS3Client(options: S3Options): S3Client {
  const { attempts = 7, pauseMs = 200 } = options
  const request = async <T>(request: S3Request<T>): Promise<T> => {
    const what = `${request.method} ${request.key ?? options.bucket}`
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(options, request, what)
      } catch (cause) {
        if (!(cause instanceof Again)) throw cause
        if (attempt >= attempts)
          throw new S3Unavailable(`${what}: ${cause.message} (${attempts} attempts)`, { cause })
        await delay(Math.min(pauseMs * 2 ** (attempt - 1), MAX_PAUSE_MS) * (0.5 + Math.random() / 2))
      }
    }
  }
  return { request }
}

async function once<T>(options: S3Options, request: S3Request<T>, what: string): Promise<T> {
  const limitMs = (options.timeoutMs ?? 30_000) + (request.extraMs ?? 0)
  const signed = await sign(options, request)
  let answer: StoreAnswer
  try {
    const signal = AbortSignal.timeout(limitMs)
    const body = request.body ?? null
    const response = await fetch(signed.url, { ...signed, body, redirect: 'manual', signal })
    if (response.ok || request.fine?.includes(response.status)) return await request.read(response)
    answer = { status: response.status, ...readError(await response.text()) }
  } catch (cause) {
    throw transportError(cause, limitMs)
  }
  if (isWorthAnotherTry(answer)) throw new Again(`HTTP ${answer.status} ${answer.code}`.trimEnd())
  throw refusal(answer, what)
}

async function sign(
  options: S3Options,
  request: S3Request<unknown>,
): Promise<{ url: URL; method: string; headers: Headers }> {
  const { accessKey: accessKeyId, secretKey: secretAccessKey, region } = options
  const { method, headers } = await new AwsV4Signer({
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
    method: request.method,
    url: addressOf(options, request).href,
    headers: { ...request.headers, 'x-amz-content-sha256': request.bodySha256 ?? EMPTY_SHA256 },
  }).sign()
  return { url: addressOf(options, request), method, headers }
}

function addressOf({ url, bucket }: S3Options, { key, query }: S3Request<unknown>): URL {
  const path = [bucket, ...(key?.split('/') ?? [])].map(encodeURIComponent).join('/')
  const address = new URL(path, url.endsWith('/') ? url : `${url}/`)
  // Signatures are over %20, and URLSearchParams writes a plus.
  address.search = Object.entries(query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
  return address
}

// Errors of `read` pass as they are, except where the connection broke within the body.
function transportError(cause: unknown, limitMs: number): unknown {
  if (!(cause instanceof Error)) return cause
  if (cause.name === 'TimeoutError') return new Again(`no answer within ${limitMs} ms`, { cause })
  if (!(cause instanceof TypeError)) return cause
  const inner = cause.cause instanceof Error ? cause.cause.message : cause.message
  return new Again(`the connection failed: ${inner}`, { cause })
}
