// Reads a stream in order through an ephemeral pull consumer without acknowledgements. The server numbers what it
// delivers; a number missing means a message missed, and the reader starts again from its checkpoint.

import { AckPolicy, DeliverPolicy, ReplayPolicy, type JetStreamManager } from '@nats-io/jetstream'
import { createInbox, nanos, type Msg, type Subscription } from '@nats-io/transport-node'
import { LogDisconnected, type ConsumeOptions, type LogMessage } from './event-log.ts'
import type { LogConnection, Session } from './log-connection.ts'
import { headerText, statusCode, StoredMessage } from './stored-message.ts'
import { headerValue } from './header-block.ts'
import { messageAt, streamBounds, whileConnected } from './reads.ts'
import { watchForStall } from './stall-watch.ts'

const DEFAULT_MAX_MESSAGES = 2_048
const MAX_BUFFERED_BYTES = 8 * 1024 ** 2
const HEARTBEAT_MS = 5_000
const PULL_EXPIRES_MS = 60_000
/** The server forgets a consumer that has not pulled for so long. */
const FORGOTTEN_AFTER_MS = 5 * 60_000

const IDLE_HEARTBEAT = 100
const CONSUMER_GONE = /consumer deleted|consumer is push based|leadership change|server shutdown/i

/** Pulls, buffers and checks; `take` hands over what has arrived. */
class Feed {
  readonly #connection: LogConnection
  readonly #stream: string
  readonly #consumer: string
  readonly #max: { readonly messages: number; readonly bytes: number }
  readonly #inbox = createInbox()
  readonly #subscription: Subscription
  readonly #watchdog: NodeJS.Timeout
  #buffer: LogMessage[] = []
  #bufferedBytes = 0
  #outstanding = 0
  #delivered = 0
  #position: number
  #silentHeartbeats = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(connection: LogConnection, session: Session, options: FeedOptions) {
    this.#connection = connection
    this.#stream = options.stream
    this.#consumer = options.consumer
    this.#position = options.start - 1
    this.#max = {
      messages: options.maxMessages,
      bytes: Math.max(MAX_BUFFERED_BYTES, 2 * session.maxPayloadBytes),
    }
    this.#subscription = connection.nats.subscribe(this.#inbox, {
      callback: (error, message) => (error ? this.fail(error.message) : this.#receive(message)),
    })
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS).unref()
    this.#pull()
  }

  /** What has arrived, at least one message, once there is any. @throws LogDisconnected */
  async take(signal: AbortSignal): Promise<readonly LogMessage[]> {
    while (this.#buffer.length === 0 && !this.#failure && !signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) throw this.#failure
    const batch = this.#buffer
    this.#buffer = []
    this.#bufferedBytes = 0
    this.#pull()
    return batch
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** The last position that arrived, while the next one is asked for; undefined while there is something to hand over. */
  waitingAfter(): number | undefined {
    return this.#buffer.length === 0 && this.#outstanding > 0 ? this.#position : undefined
  }

  fail(reason: string | Error): void {
    this.#failure ??= typeof reason === 'string' ? new LogDisconnected(`${this.#stream}: ${reason}`) : reason
    this.wake()
  }

  close(): void {
    clearInterval(this.#watchdog)
    this.#subscription.unsubscribe()
  }

  #receive(message: Msg): void {
    this.#silentHeartbeats = 0
    const reply = message.reply
    if (!reply) return this.#status(message)
    const place = deliveryPlace(reply)
    if (place.delivery !== this.#delivered + 1)
      return this.fail(`delivery ${place.delivery} came after ${this.#delivered}`)
    this.#delivered = place.delivery
    this.#position = place.position
    this.#outstanding--
    const stored = new StoredMessage(message, { stream: this.#stream, position: place.position })
    this.#buffer.push(stored)
    this.#bufferedBytes += stored.payload.length
    this.wake()
  }

  #status(message: Msg): void {
    const code = statusCode(message)
    if (code === IDLE_HEARTBEAT) return
    const header = headerText(message)
    if (code === 503 || code === 404 || CONSUMER_GONE.test(header))
      return this.fail(header.slice(0, 80).trim())
    const left = Number(headerValue(header, 'Nats-Pending-Messages') ?? this.#outstanding)
    this.#outstanding = Math.max(0, this.#outstanding - left)
    this.#pull()
  }

  // Half a buffer ahead: the next request reaches the server before the previous one is used up.
  #pull(): void {
    const room = this.#max.messages - this.#buffer.length - this.#outstanding
    if (this.#failure || room < this.#max.messages / 2 || this.#bufferedBytes >= this.#max.bytes) return
    this.#outstanding += room
    const request = {
      batch: room,
      max_bytes: this.#max.bytes,
      expires: nanos(PULL_EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    }
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#consumer}`
    this.#connection.nats.publish(subject, JSON.stringify(request), { reply: this.#inbox })
  }

  // A request can end without a word (its bytes used up exactly): ask anew before giving the consumer up.
  #watch(): void {
    if (this.#outstanding === 0) return
    this.#silentHeartbeats++
    if (this.#silentHeartbeats === 3) {
      this.#outstanding = 0
      this.#pull()
    }
    if (this.#silentHeartbeats > 6) this.fail('no sign of life from the consumer')
  }
}

type FeedOptions = {
  readonly stream: string
  readonly consumer: string
  readonly start: number
  readonly maxMessages: number
}

/** Where a delivered message stands in its stream, and its number among what this consumer was sent. */
export function deliveryPlace(reply: string): { position: number; delivery: number } {
  const parts = reply.split('.')
  const first = parts.length > 9 ? 7 : 5
  return { position: Number(parts[first]), delivery: Number(parts[first + 1]) }
}

export type ConsumeContext = {
  readonly connection: LogConnection
  readonly jetStream: JetStreamManager
  readonly session: Session
}

/** The messages of a stream from a position on. See `EventLog.consume`. */
export async function* consumeStream(
  context: ConsumeContext,
  stream: string,
  options: ConsumeOptions,
): AsyncGenerator<readonly LogMessage[], void, undefined> {
  const { signal, start, maxMessages = DEFAULT_MAX_MESSAGES } = options
  const consumer = await createConsumer(context, stream, options)
  const feed = new Feed(context.connection, context.session, { stream, consumer, start, maxMessages })
  const endWatch = options.subject === undefined ? watchFeed(context, stream, feed) : () => undefined
  const lose = () => feed.fail('the connection was lost')
  const wake = () => feed.wake()
  context.session.lost.addEventListener('abort', lose, { once: true })
  signal.addEventListener('abort', wake, { once: true })
  if (context.session.lost.aborted) lose()
  try {
    while (!signal.aborted) {
      const batch = await feed.take(signal)
      if (batch.length > 0) yield checked(batch, start)
    }
  } finally {
    context.session.lost.removeEventListener('abort', lose)
    signal.removeEventListener('abort', wake)
    endWatch()
    feed.close()
    if (!context.session.lost.aborted) void forget(context, stream, consumer)
  }
}

// A filtered reader waits for what may never come: nothing can be said of it.
const watchFeed = ({ connection, jetStream }: ConsumeContext, stream: string, feed: Feed) =>
  watchForStall({
    stream,
    waitingAfter: () => feed.waitingAfter(),
    bounds: () => streamBounds(connection, jetStream, stream),
    isReadable: async (position) => (await messageAt(connection, stream, position)) !== undefined,
    fail: (why) => feed.fail(why),
  })

// The server clamps a start beyond the stream's end: what it then sends has been read before.
function checked(batch: readonly LogMessage[], start: number): readonly LogMessage[] {
  const [first] = batch
  if (first && first.position < start)
    throw new LogDisconnected(`${first.stream} ends before ${start}: it has been rolled back`)
  return batch
}

async function createConsumer(
  context: ConsumeContext,
  stream: string,
  options: ConsumeOptions,
): Promise<string> {
  const config = {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, options.start),
    replay_policy: ReplayPolicy.Instant,
    inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
    mem_storage: true,
    num_replicas: 1,
    ...(options.subject !== undefined && { filter_subject: options.subject }),
  }
  const { connection, jetStream } = context
  return (await whileConnected(connection, () => jetStream.consumers.add(stream, config))).name
}

async function forget({ jetStream }: ConsumeContext, stream: string, consumer: string): Promise<void> {
  await jetStream.consumers.delete(stream, consumer).catch(() => undefined)
}
