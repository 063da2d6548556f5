// One POST and its bounded answer. A kept connection that the other side closed just before is told apart from a
// failure: nothing of the request was taken, so it goes once more over a new one.

import { request as httpRequestOf, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequestOf } from 'node:https'
import type { Agents } from './agents.ts'

export type OutgoingRequest = {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Answer = {
  readonly status: number
  /** The first of that name, in any case. */
  header(name: string): string | undefined
  /** The beginning, 16 KiB at most. */
  readonly body: string
}

/** The answer's body as JSON; undefined where it is none: something in between answers in its own words. */
export function jsonOf({ body }: Pick<Answer, 'body'>): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

type Way = {
  readonly agents: Agents
  readonly signal: AbortSignal
}

const ANSWER_BYTES = 16 * 1024
const PRODUCT = 'SecuMon'

/** @throws what the connection met with; an AbortError or TimeoutError when the signal came first */
export async function httpRequest(request: OutgoingRequest, way: Way): Promise<Answer> {
  try {
    return await attempt(request, way)
  } catch (error) {
    if (error instanceof KeptConnectionClosed) return attempt(request, way)
    throw error
  }
}

class KeptConnectionClosed extends Error {
  override readonly name = 'KeptConnectionClosed'
}

function attempt({ url, headers, body }: OutgoingRequest, { agents, signal }: Way): Promise<Answer> {
  const options = {
    method: 'POST',
    headers: { 'user-agent': PRODUCT, ...headers, 'content-length': String(Buffer.byteLength(body)) },
    signal,
  }
  const sent =
    url.protocol === 'https:'
      ? httpsRequestOf(url, { ...options, agent: agents.https })
      : httpRequestOf(url, { ...options, agent: agents.http })
  return new Promise((resolve, reject) => {
    // After the answer it changes nothing any more.
    sent.on('error', (error) => reject(faultOf(error, sent, signal)))
    sent.once('response', (response) => resolve(answerOf(response)))
    sent.end(body)
  })
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const body = await beginningOf(response)
  return {
    status: response.statusCode ?? 0,
    header: (name) => [response.headers[name.toLowerCase()]].flat()[0],
    body: body.toString(),
  }
}

// The status decided; what is missing of the body is only words.
function beginningOf(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  return new Promise((resolve) => {
    const finish = (): void => resolve(Buffer.concat(parts).subarray(0, ANSWER_BYTES))
    response.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (bytes > ANSWER_BYTES) response.destroy()
    })
    response.on('error', finish)
    response.once('close', finish)
    response.once('end', finish)
  })
}

function faultOf(error: Error, sent: ClientRequest, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const closed = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
  return closed && sent.reusedSocket ? new KeptConnectionClosed() : error
}
