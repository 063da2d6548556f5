// The one stream of the ingest service, by the Connect protocol (https://connectrpc.com/docs/protocol#streaming-rpcs)
// straight on HTTP/2: what is no such stream is turned away, what is one gets a reader and a writer.

import { Code, ConnectError } from '@connectrpc/connect'
import { IngestService } from '@secumon/contracts/gen/ingest'
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { AnswerWriter, endStream } from './answer-writer.ts'
import type { Carrier } from './carrier.ts'
import type { Outbox } from './outbox.ts'
import { RequestReader, type RequestTaker } from './request-reader.ts'

const PATH = `/${IngestService.typeName}/${IngestService.method.stream.name}`
const CONTENT_TYPE = 'application/connect+proto'
/** What has been answered to the end is over, though its sender may still be sending; reset any sooner, it may not have read. */
const LAST_WORDS_MS = 300

/** Serves one stream: takes its requests, and has its answers. */
export type Served = RequestTaker & { readonly outbox: Outbox }

/** @throws ConnectError to have the stream ended by it at once */
export type Serve = (carrier: Carrier) => Served

type StreamHeaders = IncomingHttpHeaders & { ':path'?: string; ':method'?: string }

/** Listens to an HTTP/2 server's streams. @param opened hears of a connection with an agent that proved who it is */
export const connectListener =
  (serve: Serve, opened: (session: Http2Session) => void) =>
  (stream: ServerHttp2Stream, headers: StreamHeaders): void => {
    stream.on('error', () => undefined)
    stream.once('finish', () => setTimeout(() => finish(stream), LAST_WORDS_MS).unref())
    const refusal = refusalOf(headers)
    if (refusal) return stream.respond(refusal, { endStream: true })
    stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE })
    try {
      checkHeaders(headers)
      carry(stream, serve, opened)
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      endStream(stream, error)
    }
  }

function carry(stream: ServerHttp2Stream, serve: Serve, opened: (session: Http2Session) => void): void {
  const served = serve({
    opened: () => {
      reader.opened()
      if (stream.session) opened(stream.session)
    },
    destroy: () => stream.destroy(),
    onClose: (listener) => (stream.closed ? queueMicrotask(listener) : stream.once('close', listener)),
  })
  const reader = new RequestReader(stream, served)
  new AnswerWriter(stream, served.outbox).start()
}

// A stream is closed only when what was sent on it has been read, or dropped.
function finish(stream: ServerHttp2Stream): void {
  stream.close()
  stream.removeAllListeners('data').resume()
}

/** The answer to what is no stream of ours. */
function refusalOf(headers: StreamHeaders): Record<string, string | number> | undefined {
  if (headers[':path'] !== PATH) return { ':status': 404 }
  if (headers[':method'] !== 'POST') return { ':status': 405, allow: 'POST' }
  if (headers['content-type']?.toLowerCase() !== CONTENT_TYPE)
    return { ':status': 415, 'accept-post': CONTENT_TYPE }
  return undefined
}

// A deadline is the client's to keep: a stream lasts as long as it lasts.
function checkHeaders(headers: StreamHeaders): void {
  const encoding = headers['connect-content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw new ConnectError(`content encoding ${String(encoding)} is not taken`, Code.Unimplemented)
  const timeout = headers['connect-timeout-ms']
  if (timeout !== undefined && !/^\d{1,10}$/.test(String(timeout)))
    throw new ConnectError('connect-timeout-ms is no number of milliseconds', Code.InvalidArgument)
}
