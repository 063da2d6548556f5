// An HTTP/2 session over a connection that is there already, for one stream. It pings while nothing is read, so that a dead
// link is found out; whatever becomes of it ends the stream, and never the process.

import { Code, ConnectError } from '@connectrpc/connect'
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'

export type Pinging = {
  /** Without anything read for so long it pings. */
  readonly pingIntervalMs: number
  /** How long the answer may take. */
  readonly pingTimeoutMs: number
}

/** What connect-node takes as its session manager. */
export class Http2Session {
  readonly authority: string
  readonly #session: ClientHttp2Session
  readonly #pinging: Pinging
  #timer: NodeJS.Timeout | undefined

  constructor(url: URL, socket: Socket, pinging: Pinging) {
    this.authority = url.origin
    this.#pinging = pinging
    this.#session = connect(url, { createConnection: () => socket })
    // The stream hears of it too.
    this.#session.on('error', () => undefined)
    this.#session.on('close', () => clearTimeout(this.#timer))
    this.#pingLater()
  }

  /** @throws ConnectError `unavailable` when the session is over */
  async request(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    if (this.#session.destroyed || this.#session.closed)
      throw new ConnectError('the connection is closed', Code.Unavailable)
    return this.#session.request({ ...headers, ':method': method, ':path': path })
  }

  notifyResponseByteRead(): void {
    this.#pingLater()
  }

  /** Ends the session and its stream. */
  close(): void {
    this.#end(new ConnectError('the connection was closed', Code.Canceled))
  }

  #pingLater(): void {
    clearTimeout(this.#timer)
    if (!this.#session.destroyed) this.#timer = setTimeout(() => this.#ping(), this.#pinging.pingIntervalMs)
  }

  #ping(): void {
    if (this.#session.destroyed) return
    this.#timer = setTimeout(() => this.#expire(), this.#pinging.pingTimeoutMs)
    this.#session.ping((error) => error ?? this.#pingLater())
  }

  // After a process that stood still the answer may lie there unread: it is looked for first.
  #expire(): void {
    this.#timer = setTimeout(() => {
      this.#end(new ConnectError('PING timed out', Code.Unavailable))
    }, 0)
  }

  #end(reason: ConnectError): void {
    clearTimeout(this.#timer)
    if (!this.#session.destroyed) this.#session.destroy(reason, constants.NGHTTP2_CANCEL)
  }
}
