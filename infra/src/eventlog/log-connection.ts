// One connection to NATS that never gives up. Each time it is up is a session; what happened in an earlier session
// proves nothing about this one.

import type { Clock } from '@secumon/domain/clock'
import {
  connect,
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type Msg,
  type NatsConnection,
  type TlsOptions,
} from '@nats-io/transport-node'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'

export type LogCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** The content of a `.creds` file: JWT and seed. */
  | { readonly creds: Uint8Array }

export type LogServers = {
  readonly servers: string | readonly string[]
  readonly credentials?: LogCredentials
  readonly tls?: TlsOptions
  /** Shown by the server's monitoring. */
  readonly name?: string
  readonly logger: Logger
  readonly clock: Clock
}

/** The time between a connect and the disconnect that follows. */
export type Session = {
  /** 1 for the first. */
  readonly number: number
  readonly serverId: string
  readonly serverVersion: string
  readonly maxPayloadBytes: number
  /** Aborted when the connection is lost. */
  readonly lost: AbortSignal
}

export type SessionListener = (session: Session | undefined) => void

const RECONNECT_MS = 250
const PING_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000
const FLUSH_TIMEOUT_MS = 2_000
// A command that is done must not wait for it.
const flushTime = () => delay(FLUSH_TIMEOUT_MS, undefined, { ref: false })

export class LogConnection {
  readonly nats: NatsConnection
  readonly #logger: Logger
  readonly #listeners = new Set<SessionListener>()
  #session: Session | undefined
  #ended = new AbortController()
  #count = 0

  private constructor(nats: NatsConnection, logger: Logger) {
    this.nats = nats
    this.#logger = logger
    this.#begin()
    void this.#follow()
  }

  /** @throws Error when no server answers now: later losses are mended silently, a wrong address is not */
  static async open(options: LogServers): Promise<LogConnection> {
    const { servers, credentials, tls, name, logger } = options
    const nats = await connect({
      servers: typeof servers === 'string' ? servers : [...servers],
      ...(credentials && { authenticator: authenticator(credentials) }),
      ...(tls && { tls }),
      name: name ?? 'secumon',
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_MS,
      ignoreAuthErrorAbort: true,
      pingInterval: PING_MS,
      noAsyncTraces: true,
    })
    logger.info({ server: nats.getServer(), version: nats.info?.version }, 'connected to NATS')
    return new LogConnection(nats, logger)
  }

  /** Undefined while there is no connection. */
  get session(): Session | undefined {
    return this.#session
  }

  /** Number of the newest session. */
  get sessions(): number {
    return this.#count
  }

  onSession(listener: SessionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Subscribes for as long as the connection lasts, through every reconnect. Returns the unsubscribe. */
  subscribe(subject: string, listener: (message: Msg) => void): () => void {
    const subscription = this.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#logger.error({ err: error, subject }, 'cannot subscribe')
        else listener(message)
      },
    })
    return () => subscription.unsubscribe()
  }

  /** Sends what is waiting, then closes. */
  async close(): Promise<void> {
    if (this.#session) await Promise.race([this.nats.flush().catch(() => undefined), flushTime()])
    await this.nats.close()
    this.#end()
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.nats.status()) {
      if (type === 'disconnect' || type === 'close') this.#end()
      if (type === 'reconnect') this.#begin()
    }
  }

  #begin(): void {
    const { info } = this.nats
    if (!info) return
    this.#ended = new AbortController()
    this.#session = {
      number: ++this.#count,
      serverId: info.server_id,
      serverVersion: info.version,
      maxPayloadBytes: info.max_payload,
      lost: this.#ended.signal,
    }
    this.#tell()
  }

  #end(): void {
    if (!this.#session) return
    this.#session = undefined
    this.#ended.abort()
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#session)
  }
}

function authenticator(credentials: LogCredentials): Authenticator {
  if ('token' in credentials) return tokenAuthenticator(credentials.token)
  if ('creds' in credentials) return credsAuthenticator(credentials.creds)
  return usernamePasswordAuthenticator(credentials.user, credentials.password)
}
