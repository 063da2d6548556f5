// The event log on NATS JetStream.

import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { setTimeout as delay } from 'node:timers/promises'
import { Appender } from './appender.ts'
import { unavailable } from './append-outcome.ts'
import type { WindowLimits } from './append-window.ts'
import { consumeStream } from './consumer.ts'
import {
  LogDisconnected,
  type AppendOptions,
  type AppendOutcome,
  type ConsumeOptions,
  type EventLog,
  type LogMessage,
  type QuestionHandler,
} from './event-log.ts'
import { LogConnection, type LogServers, type Session } from './log-connection.ts'
import { LogState } from './log-state.ts'
import { LogUpkeep } from './log-upkeep.ts'
import {
  lastMessage,
  messageAt,
  nextMessage,
  READ_TIMEOUT_MS,
  streamBounds,
  whileConnected,
  subjectCounts,
} from './reads.ts'
import { answerAll, askOnce } from './questions.ts'
import { isStamped, onStamp, wantReconcile } from './reconciled-stamp.ts'
import { hasFeature, serverWarning } from './server-features.ts'
import { StreamMismatch } from './stream-room.ts'
import { reconcileStreams } from './streams.ts'

export type LogLimits = Partial<WindowLimits> & {
  /** Limit of each lane's stream, bytes; see `StreamOptions`. */
  readonly maxStreamBytes?: number
  /** How long the log counts as full or slow after an append found it so, ms. Default 5,000. */
  readonly troubleMemoryMs?: number
  /** How long the server keeps a reader's request for messages, ms. Default a minute. */
  readonly pullMs?: number
}

export type EventLogOptions = LogServers & {
  /** How many telemetry and logs streams there are, 1 – 64, fixed at first start. */
  readonly shards: number
  readonly limits?: LogLimits
}

const DEFAULT_WINDOW: WindowLimits = {
  maxAppends: 4_096,
  maxBytes: 32 * 1024 ** 2,
  maxWaiting: 65_536,
  ackTimeoutMs: 5_000,
}
const SETTLE_RETRY_MS = 500
const WANT_AGAIN_MS = 2_000

/** One connection's view of the log, and what housekeeping needs beyond `EventLog`. */
export class NatsEventLog implements EventLog {
  readonly #connection: LogConnection
  readonly #jetStream: JetStreamManager
  readonly #state: LogState
  readonly #appender: Appender
  readonly #options: EventLogOptions
  /** For the log keeper and reconcile. */
  readonly upkeep: LogUpkeep
  #closing = false

  private constructor(connection: LogConnection, jetStream: JetStreamManager, options: EventLogOptions) {
    this.#connection = connection
    this.#jetStream = jetStream
    this.#options = options
    this.upkeep = new LogUpkeep(connection, jetStream)
    this.#state = new LogState(options.clock, options.limits?.troubleMemoryMs)
    const window = { ...DEFAULT_WINDOW, ...options.limits }
    this.#appender = new Appender(connection, this.#state, { clock: options.clock, window })
    onStamp(connection, (serverId) => this.#stamped(serverId))
    connection.onSession((session) => this.#follow(session))
  }

  /** @throws Error, UnsupportedServer, StreamMismatch when the log cannot be used as it is */
  static async connect(options: EventLogOptions): Promise<NatsEventLog> {
    const connection = await LogConnection.open(options)
    try {
      const jetStream = await jetstreamManager(connection.nats, { timeout: READ_TIMEOUT_MS })
      const log = new NatsEventLog(connection, jetStream, options)
      const { session } = connection
      if (session) await log.#settle(session)
      return log
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  get trouble() {
    return this.#state.trouble
  }

  troubleOf(stream: string) {
    return this.#state.troubleOf(stream)
  }

  get windowFull(): boolean {
    return this.#appender.windowFull
  }

  get maxPayloadBytes(): number {
    return this.#connection.session?.maxPayloadBytes ?? this.#connection.nats.info?.max_payload ?? 1024 ** 2
  }

  get connectionNumber(): number {
    return this.#connection.sessions
  }

  /** The connected server's id, another after each of its starts. Undefined while there is no connection. */
  get serverId(): string | undefined {
    return this.#connection.session?.serverId
  }

  onChange(listener: () => void): () => void {
    return this.#state.onChange(listener)
  }

  lastMessage(stream: string, subject: string): Promise<LogMessage | undefined> {
    return lastMessage(this.#connection, stream, subject)
  }

  messageAt(stream: string, position: number): Promise<LogMessage | undefined> {
    return messageAt(this.#connection, stream, position)
  }

  /** The first message of a subject at or after a position. */
  nextMessage(stream: string, from: { subject: string; position: number }): Promise<LogMessage | undefined> {
    return nextMessage(this.#connection, stream, from)
  }

  append(subject: string, payload: Uint8Array, options?: AppendOptions): Promise<AppendOutcome> {
    const { trouble } = this.#state
    if (trouble === 'disconnected' || trouble === 'not_reconciled')
      return Promise.resolve(unavailable(trouble))
    return this.#appender.append(subject, payload, options)
  }

  /** Appends to a server that is not stamped yet: for reconcile alone. */
  restore(subject: string, payload: Uint8Array, options?: AppendOptions): Promise<AppendOutcome> {
    return this.#appender.append(subject, payload, options)
  }

  async *consume(
    stream: string,
    options: ConsumeOptions,
  ): AsyncGenerator<readonly LogMessage[], void, undefined> {
    await this.#untilReconciled(options.signal)
    if (!options.signal.aborted) yield* this.scan(stream, options)
  }

  /** Consumes from a server that is not stamped yet: for reconcile alone. */
  async *scan(
    stream: string,
    options: ConsumeOptions,
  ): AsyncGenerator<readonly LogMessage[], void, undefined> {
    const { session } = this.#connection
    if (!session) throw new LogDisconnected('not connected')
    if ((options.connectionNumber ?? session.number) !== session.number)
      throw new LogDisconnected(`${stream}: the connection is another one since its place was found`)
    const { pullMs } = this.#options.limits ?? {}
    const pace = pullMs === undefined ? {} : { pullMs }
    const context = { connection: this.#connection, jetStream: this.#jetStream, session, ...pace }
    yield* consumeStream(context, stream, options)
  }

  bounds(stream: string) {
    return streamBounds(this.#connection, this.#jetStream, stream)
  }

  /** How many messages of each subject the server knows of: what it answers questions about a subject from. */
  subjectCounts(stream: string): Promise<ReadonlyMap<string, number>> {
    return subjectCounts(this.#connection, this.#jetStream, stream)
  }

  publishLive(subject: string, payload: Uint8Array): void {
    if (this.#connection.session) this.#connection.nats.publish(subject, payload)
  }

  subscribeLive(subject: string, listener: (payload: Uint8Array, subject: string) => void): () => void {
    return this.#connection.subscribe(subject, (message) => listener(message.data, message.subject))
  }

  async ask(subject: string, question: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    return askOnce(this.#connection, { subject, question, timeoutMs })
  }

  answer(subject: string, handler: QuestionHandler): () => void {
    return answerAll(this.#connection, subject, handler)
  }

  async close(): Promise<void> {
    const { ackTimeoutMs = DEFAULT_WINDOW.ackTimeoutMs } = this.#options.limits ?? {}
    const { clock } = this.#options
    this.#closing = true
    const deadlineMs = clock.monotonicMs() + ackTimeoutMs
    while (!this.#appender.idle && clock.monotonicMs() < deadlineMs) await delay(10)
    await this.#connection.close()
    this.#state.close()
  }

  #follow(session: Session | undefined): void {
    const { logger } = this.#options
    if (!session) {
      if (!this.#closing) logger.warn('the connection to NATS is lost')
      return this.#state.setConnected(false)
    }
    logger.info({ server: session.serverId, version: session.serverVersion }, 'connected to NATS again')
    void this.#settleAgain(session)
  }

  async #settleAgain(session: Session): Promise<void> {
    while (!session.lost.aborted) {
      try {
        return await this.#settle(session)
      } catch (error) {
        if (session.lost.aborted) return
        this.#options.logger.warn({ err: error }, 'the log is not ready yet')
        const waitMs = error instanceof StreamMismatch ? 10 * SETTLE_RETRY_MS : SETTLE_RETRY_MS
        await delay(waitMs, undefined, { signal: session.lost }).catch(() => undefined)
      }
    }
  }

  async #settle(session: Session): Promise<void> {
    const { logger, shards, limits } = this.#options
    this.#state.setConnected(true)
    const warning = serverWarning(session.serverVersion)
    if (warning && session.number === 1) logger.warn(warning)
    const maxStreamBytes = limits?.maxStreamBytes
    const compression = hasFeature(session.serverVersion, 'compression')
    const options = { shards, compression, ...(maxStreamBytes !== undefined && { maxStreamBytes }) }
    await whileConnected(this.#connection, () => reconcileStreams(this.#jetStream, options, logger))
    if (await isStamped(this.#connection, session.serverId)) this.#stamped(session.serverId)
    else void this.#wantStamp(session)
  }

  #stamped(serverId: string): void {
    if (this.#connection.session?.serverId === serverId) this.#state.setReconciled()
  }

  async #wantStamp(session: Session): Promise<void> {
    while (!session.lost.aborted && this.#state.trouble === 'not_reconciled') {
      wantReconcile(this.#connection, session.serverId)
      await delay(WANT_AGAIN_MS, undefined, { signal: session.lost, ref: false }).catch(() => undefined)
    }
  }

  async #untilReconciled(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#state.trouble === 'not_reconciled') {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => resolve()
      const forget = this.onChange(wake)
      signal.addEventListener('abort', wake)
      await promise
      signal.removeEventListener('abort', wake)
      forget()
    }
  }
}
