// The HTTP/2 server under the ingest service: Connect over h2c on loopback, over TLS elsewhere, with every size, count
// and wait of a connection bounded.

import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import { createConnectRouter, createContextKey, createContextValues } from '@connectrpc/connect'
import { MAX_FRAME_BYTES } from '@secumon/contracts/frame'
import { IngestService, type StreamRequest, type StreamResponse } from '@secumon/contracts/gen/ingest'
import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2'
import type { IngestLimits } from './limits.ts'
import { RequestBody } from './request-body.ts'
import type { Carrier } from './carrier.ts'

/** Above the largest frame, so that one beyond the limit can be answered instead of breaking the stream. */
const READ_MAX_BYTES = MAX_FRAME_BYTES + 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024
/** What has been answered to the end is over, though its sender may still be sending; reset any sooner, it may not have read. */
const LAST_WORDS_MS = 300
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** PEM. With `ca`, clients must show a certificate that it signed. */
export type TlsMaterial = { readonly key: string; readonly cert: string; readonly ca?: string }

export type ServerOptions = {
  readonly host: string
  readonly port: number
  readonly tls?: TlsMaterial
  readonly limits: IngestLimits
  /** Serves one stream. */
  readonly serve: (requests: AsyncIterable<StreamRequest>, carrier: Carrier) => AsyncIterable<StreamResponse>
}

export type IngestServer = {
  readonly url: string
  /** Takes no new connection or stream. */
  refuse(): void
  /** Ends what is left. */
  close(): Promise<void>
}

/** Agents' secrets and signatures must not cross a network in clear. */
export class TlsRequired extends Error {
  override readonly name = 'TlsRequired'
}

/** @throws TlsRequired when the host is not loopback and there is no certificate; Error when the port is taken */
export async function listen(options: ServerOptions): Promise<IngestServer> {
  const { host, port, tls, limits } = options
  if (!tls && !LOOPBACK.test(host))
    throw new TlsRequired(
      `ingest listens without TLS on loopback only, not on ${host}: give it a certificate`,
    )
  const connections = new Set<ServerHttp2Session>()
  const server = createHttp2Server(tls, limits)
  server.maxConnections = limits.maxConnections
  server.on('session', (session) => watch(session, connections, limits))
  server.on('request', requestListener(options))
  server.on('sessionError', () => undefined)
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const actual = typeof address === 'object' && address ? address.port : port
  const authority = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${authority}:${actual}`,
    refuse: () => void server.close(),
    close: () => closeAll(server, connections),
  }
}

function createHttp2Server(
  tls: TlsMaterial | undefined,
  limits: IngestLimits,
): Http2Server | Http2SecureServer {
  const options = {
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: MAX_HEADER_BYTES,
    },
    maxHeaderListPairs: 64,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxSettings: 16,
  }
  if (!tls) return createServer(options)
  return createSecureServer({
    ...options,
    ...tls,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.openTimeoutMs,
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: tls.ca !== undefined,
  })
}

const OPENED = new WeakSet<Http2Session>()

function watch(
  session: ServerHttp2Session,
  connections: Set<ServerHttp2Session>,
  limits: IngestLimits,
): void {
  connections.add(session)
  const timer = setTimeout(() => OPENED.has(session) || session.destroy(), limits.openTimeoutMs + 1_000)
  session.setTimeout(limits.idleTimeoutMs, () => session.destroy())
  session.on('error', () => undefined)
  session.once('close', () => {
    clearTimeout(timer)
    connections.delete(session)
  })
}

const CARRIER = createContextKey<Carrier>({
  opened: () => undefined,
  destroy: () => undefined,
  onClose: () => undefined,
})

function requestListener({ serve }: ServerOptions) {
  const router = createConnectRouter({
    grpc: false,
    grpcWeb: false,
    acceptCompression: [],
    readMaxBytes: READ_MAX_BYTES,
  }).service(IngestService, {
    stream: (requests, context) => serve(requests, context.values.get(CARRIER)),
  })
  const [handler] = router.handlers
  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const { stream } = request
    stream.on('error', () => undefined)
    stream.once('finish', () => setTimeout(() => stream.close(), LAST_WORDS_MS).unref())
    if (!handler || request.url !== handler.requestPath || request.method !== 'POST')
      return notFound(response)
    const { session } = stream
    const body = new RequestBody(stream)
    const carrier: Carrier = {
      opened: () => {
        body.opened()
        if (session) OPENED.add(session)
      },
      destroy: () => stream.destroy(),
      onClose: (listener) => (stream.closed ? queueMicrotask(listener) : stream.once('close', listener)),
    }
    // A malformed authority makes this throw: no address of ours.
    try {
      const values = createContextValues().set(CARRIER, carrier)
      const universal = universalRequestFromNodeRequest(request, response, undefined, values)
      handler({ ...universal, body })
        .then((answer) => universalResponseToNodeResponse(answer, response))
        .catch(() => stream.destroy())
    } catch {
      stream.destroy()
    }
  }
}

function notFound(response: Http2ServerResponse): void {
  response.writeHead(404)
  response.end()
}

async function closeAll(
  server: Http2Server | Http2SecureServer,
  connections: ReadonlySet<ServerHttp2Session>,
): Promise<void> {
  server.close()
  for (const session of connections) session.destroy()
}
