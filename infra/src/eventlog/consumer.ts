// Reads a stream in order through an ephemeral pull consumer without acknowledgements. The server numbers what it
// delivers; a number missing means a message missed, and the reader starts again from its checkpoint.

import { AckPolicy, DeliverPolicy, ReplayPolicy, type JetStreamManager } from '@nats-io/jetstream'
import { nanos, type Msg } from '@nats-io/transport-node'
import { LogDisconnected, type ConsumeOptions, type LogMessage } from './event-log.ts'
import type { LogConnection, Session } from './log-connection.ts'
import { headerText, statusCode, StoredMessage } from './stored-message.ts'
import { pullPace, Pulls, type Pull } from './pulls.ts'
import { messageAt, streamBounds, whileConnected } from './reads.ts'
import { watchForStall } from './stall-watch.ts'

const DEFAULT_MAX_MESSAGES = 2_048
const MAX_BUFFERED_BYTES = 8 * 1024 ** 2
const PULL_EXPIRES_MS = 60_000
/** Heartbeats that did not come until the consumer is asked anew, and until it is given up. */
const SILENT_ASK = 3
const SILENT_END = 15
/** The server forgets a consumer that has not pulled for so long. */
const FORGOTTEN_AFTER_MS = 5 * 60_000

const IDLE_HEARTBEAT = 100
const CONSUMER_GONE = /consumer deleted|consumer is push based|leadership change|server shutdown/i

/** Pulls, buffers and checks; `take` hands over what has arrived. */
class Feed {
  readonly #stream: string
  readonly #max: { readonly messages: number; readonly bytes: number }
  readonly #pulls: Pulls
  readonly #watchdog: NodeJS.Timeout
  #buffer: LogMessage[] = []
  #bufferedBytes = 0
  #delivered = 0
  #position: number
  #silentHeartbeats = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor({ connection, session, pullMs = PULL_EXPIRES_MS }: ConsumeContext, options: FeedOptions) {
    const { stream, consumer, start, maxMessages } = options
    this.#stream = stream
    this.#position = start - 1
    const maxBytes = Math.max(MAX_BUFFERED_BYTES, 2 * session.maxPayloadBytes)
    this.#max = { messages: maxMessages, bytes: maxBytes }
    const pace = pullPace(pullMs)
    this.#pulls = new Pulls({
      nats: connection.nats,
      subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      pace,
      maxBytes,
      receive: (message, pull) => this.#receive(message, pull),
      fail: (reason) => this.fail(reason),
    })
    this.#watchdog = setInterval(() => this.#watch(), pace.heartbeatMs).unref()
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
    return this.#buffer.length === 0 && this.#pulls.outstanding > 0 ? this.#position : undefined
  }

  fail(reason: string | Error): void {
    this.#failure ??= typeof reason === 'string' ? new LogDisconnected(`${this.#stream}: ${reason}`) : reason
    this.wake()
  }

  close(): void {
    clearInterval(this.#watchdog)
    this.#pulls.close()
  }

  #receive(message: Msg, pull: Pull): void {
    this.#silentHeartbeats = 0
    const reply = message.reply
    if (!reply) return this.#status(message, pull)
    const place = deliveryPlace(reply)
    if (place.delivery !== this.#delivered + 1)
      return this.fail(`delivery ${place.delivery} came after ${this.#delivered}`)
    this.#delivered = place.delivery
    this.#position = place.position
    this.#pulls.brought(pull)
    const stored = new StoredMessage(message, { stream: this.#stream, position: place.position })
    this.#buffer.push(stored)
    this.#bufferedBytes += stored.payload.length
    this.wake()
  }

  #status(message: Msg, pull: Pull): void {
    const code = statusCode(message)
    if (code === IDLE_HEARTBEAT) return
    const header = headerText(message)
    if (code === 503 || code === 404 || CONSUMER_GONE.test(header))
      return this.fail(header.slice(0, 80).trim())
    this.#pulls.end(pull)
    this.#pull()
  }

  // Half a buffer ahead: the next request reaches the server before the previous one is used up.
  #pull(): void {
    const room = this.#max.messages - this.#buffer.length - this.#pulls.outstanding
    if (this.#failure || room < this.#max.messages / 2 || this.#bufferedBytes >= this.#max.bytes) return
    this.#pulls.ask(room)
  }

  // Asks before a request expires. One can also be lost, or end without a word before its time (its bytes used up
  // exactly): ask anew before giving the consumer up.
  #watch(): void {
    this.#pulls.forgetExpired()
    if (this.#pulls.outstanding > 0 && ++this.#silentHeartbeats === SILENT_ASK) this.#pulls.doubtAll()
    if (this.#silentHeartbeats > SILENT_END) return this.fail('no sign of life from the consumer')
    this.#pull()
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
  /** How long the server keeps a request for messages, milliseconds; default a minute. */
  readonly pullMs?: number
}

/** The messages of a stream from a position on. See `EventLog.consume`. */
export async function* consumeStream(
  context: ConsumeContext,
  stream: string,
  options: ConsumeOptions,
): AsyncGenerator<readonly LogMessage[], void, undefined> {
  const { signal, start, maxMessages = DEFAULT_MAX_MESSAGES } = options
  const consumer = await createConsumer(context, stream, options)
  const feed = new Feed(context, { stream, consumer, start, maxMessages })
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
