// One POST and its bounded answer. A kept connection that the other side closed just before is told apart from a
// failure: nothing of the request was taken, so it goes once more over a new one.

import { request as httpRequestOf, type ClientRequest } from 'node:http'
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
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: { 'user-agent': PRODUCT, ...headers, 'content-length': String(Buffer.byteLength(body)) },
      signal,
    }
    const sent =
      url.protocol === 'https:'
        ? httpsRequestOf(url, { ...options, agent: agents.https })
        : httpRequestOf(url, { ...options, agent: agents.http })
    let answered = false
    sent.once('error', (error) => reject(faultOf(error, { sent, answered, signal })))
    sent.once('response', (response) => {
      answered = true
      const parts: Buffer[] = []
      let bytes = 0
      const finish = () =>
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => [response.headers[name.toLowerCase()]].flat()[0],
          body: Buffer.concat(parts).subarray(0, ANSWER_BYTES).toString(),
        })
      response.on('data', (part: Buffer) => {
        parts.push(part)
        bytes += part.length
        if (bytes <= ANSWER_BYTES) return
        finish()
        response.destroy()
      })
      response.once('end', finish)
      // The status line decided; what is missing of the body is only words.
      response.once('error', finish)
    })
    sent.end(body)
  })
}

type Circumstances = {
  readonly sent: ClientRequest
  readonly answered: boolean
  readonly signal: AbortSignal
}

function faultOf(error: Error, { sent, answered, signal }: Circumstances): unknown {
  if (signal.aborted) return signal.reason
  const closed = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
  return closed && sent.reusedSocket && !answered ? new KeptConnectionClosed() : error
}
