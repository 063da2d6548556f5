// One consumer for all loops of this process that stand at the same place of a stream. Each reader still has its own
// start and its own pace: one that is far behind reads alone until it has caught up.

import { LogDisconnected, type ConsumeOptions, type LogMessage } from '@secumon/infra/eventlog/event-log'
import type { ReadableLog } from './log-readable.ts'

/** What is kept for readers that are a little behind. */
const MAX_KEPT_MESSAGES = 16_384
const MAX_KEPT_BYTES = 32 * 1024 ** 2

/** The same log, read by fewer consumers. */
export function sharedReading(log: ReadableLog): ReadableLog {
  const feeds = new Map<string, SharedFeed>()
  return {
    get trouble() {
      return log.trouble
    },
    get connectionNumber() {
      return log.connectionNumber
    },
    onChange: (listener) => log.onChange(listener),
    bounds: (stream) => log.bounds(stream),
    messageAt: (stream, position) => log.messageAt(stream, position),
    consume: (stream, options) => read(log, () => feedOf(stream), { ...options, stream }),
  }

  // A feed whose consumer has failed is left to those who still have to hear of it.
  function feedOf(stream: string): SharedFeed {
    const known = feeds.get(stream)
    if (known && !known.hasFailed) return known
    const feed = new SharedFeed(log, stream)
    feeds.set(stream, feed)
    return feed
  }
}

type Read = ConsumeOptions & { readonly stream: string }

async function* read(
  log: ReadableLog,
  feed: () => SharedFeed,
  options: Read,
): AsyncGenerator<readonly LogMessage[]> {
  let next = options.start
  const advance = (batch: readonly LogMessage[]) => (next = (batch.at(-1)?.position ?? next - 1) + 1)
  while (!options.signal.aborted) {
    const shared = feed()
    if (shared.holds(next, options.connectionNumber))
      for await (const batch of shared.follow({ ...options, start: next })) {
        advance(batch)
        yield batch
      }
    else
      for await (const batch of log.consume(options.stream, { ...options, start: next })) {
        advance(batch)
        yield batch
        if (feed().holds(next, options.connectionNumber)) break
      }
  }
}

type Reader = { next: number }

class SharedFeed {
  readonly #log: ReadableLog
  readonly #stream: string
  readonly #readers = new Set<Reader>()
  #messages: LogMessage[] = []
  #bytes = 0
  /** From this position on everything is kept that there is: a log can have lost the message that stood there. */
  #begun = 0
  /** The position after the last message that arrived. */
  #end = 0
  /** The connection that its first reader's place was found under. */
  #connection: number | undefined
  #source: Source | undefined
  #failure: unknown
  #pull: Promise<void> | undefined

  constructor(log: ReadableLog, stream: string) {
    this.#log = log
    this.#stream = stream
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** True when a reader from `position` misses nothing here. A feed that nobody follows begins anywhere. */
  holds(position: number, connection?: number): boolean {
    if (this.#readers.size === 0) return true
    if (connection !== this.#connection) return false
    return position >= this.#begun && position <= this.#end
  }

  /** Messages from `start` on; ends when the reader has fallen behind what is kept. @throws what the consumer throws */
  async *follow(options: ConsumeOptions): AsyncGenerator<readonly LogMessage[]> {
    const { start, signal, connectionNumber } = options
    if (this.#readers.size === 0) this.#begin(options)
    const reader: Reader = { next: start }
    this.#readers.add(reader)
    try {
      while (!signal.aborted && this.holds(reader.next, connectionNumber)) {
        if (this.hasFailed) throw this.#failure
        const batch = this.#from(reader.next)
        if (batch.length > 0) {
          reader.next = (batch.at(-1)?.position ?? 0) + 1
          this.#forget()
          yield batch
        } else await this.#more(signal)
      }
    } finally {
      this.#readers.delete(reader)
      if (this.#readers.size === 0) this.#finish()
    }
  }

  #begin(first: ConsumeOptions): void {
    const { start, connectionNumber } = first
    const stop = new AbortController()
    const options = { ...first, signal: stop.signal }
    this.#source = { stop, batches: this.#log.consume(this.#stream, options)[Symbol.asyncIterator]() }
    this.#connection = connectionNumber
    this.#messages = []
    this.#bytes = 0
    this.#begun = start
    this.#end = start
  }

  #finish(): void {
    this.#source?.stop.abort()
    this.#source = undefined
    this.#pull = undefined
    this.#messages = []
  }

  // All readers wait for the same pull, and all hear of its failure. One that ends after all its readers have left is
  // not the one that those who came since wait for.
  async #more(signal: AbortSignal): Promise<void> {
    const source = this.#source
    if (!source) return
    if (!this.#pull) {
      const pull = this.#take(source).finally(() => {
        if (this.#pull === pull) this.#pull = undefined
      })
      this.#pull = pull
    }
    await orAborted(this.#pull, signal)
  }

  // A consumer that has failed says nothing more, not even to those who were not waiting: they are told its failure.
  async #take(source: Source): Promise<void> {
    try {
      const { value: batch, done } = await source.batches.next()
      if (source.stop.signal.aborted) return
      if (done) throw new LogDisconnected(`${this.#stream}: the consumer has ended`)
      this.#messages.push(...batch)
      for (const { payload } of batch) this.#bytes += payload.length
      this.#end = (batch.at(-1)?.position ?? this.#end - 1) + 1
      this.#bound()
    } catch (error) {
      if (!source.stop.signal.aborted) this.#failure = error
      throw error
    }
  }

  #from(position: number): LogMessage[] {
    const index = this.#messages.findIndex((message) => message.position >= position)
    return index === -1 ? [] : this.#messages.slice(index)
  }

  // What every reader has taken is of no use here.
  #forget(): void {
    const taken = Math.min(...[...this.#readers].map(({ next }) => next))
    const keep = this.#messages.findIndex((message) => message.position >= taken)
    this.#drop(keep === -1 ? this.#messages.length : keep)
  }

  // A reader too slow for this goes on alone.
  #bound(): void {
    let drop = Math.max(0, this.#messages.length - MAX_KEPT_MESSAGES)
    let bytes = this.#bytes
    for (const { payload } of this.#messages.slice(0, drop)) bytes -= payload.length
    for (; bytes > MAX_KEPT_BYTES && drop < this.#messages.length - 1; drop++)
      bytes -= this.#messages[drop]?.payload.length ?? 0
    this.#drop(drop)
  }

  #drop(count: number): void {
    for (const { payload, position } of this.#messages.splice(0, count)) {
      this.#bytes -= payload.length
      this.#begun = position + 1
    }
  }
}

type Source = { readonly stop: AbortController; readonly batches: AsyncIterator<readonly LogMessage[]> }

async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const give = () => resolve()
  signal.addEventListener('abort', give, { once: true })
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', give)
  }
}
