// The HTTP/2 server under the ingest service: Connect over h2c on loopback, over TLS elsewhere, with every size, count
// and wait of a connection bounded.

import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2'
import type { IngestLimits } from './limits.ts'
import { connectListener, type Serve } from './connect-stream.ts'

const MAX_HEADER_BYTES = 16 * 1024
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** PEM. With `ca`, clients must show a certificate that it signed. */
export type TlsMaterial = { readonly key: string; readonly cert: string; readonly ca?: string }

export type ServerOptions = {
  readonly host: string
  readonly port: number
  readonly tls?: TlsMaterial
  readonly limits: IngestLimits
  readonly serve: Serve
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
  server.on(
    'stream',
    connectListener(options.serve, (session) => OPENED.add(session)),
  )
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

async function closeAll(
  server: Http2Server | Http2SecureServer,
  connections: ReadonlySet<ServerHttp2Session>,
): Promise<void> {
  server.close()
  for (const session of connections) session.destroy()
}
