// Messages of all streams between the log and the next flush: bounded, so that readers wait for the disk.

import type { LogMessage } from '@secumon/infra/eventlog/event-log'

export type BufferLimits = {
  /** A flush is due when so many bytes wait … */
  readonly flushBytes: number
  /** … or the first of them has waited so long. */
  readonly lingerMs: number
  /** Beyond either of these readers wait. */
  readonly maxBytes: number
  readonly maxMessages: number
}

export class ArchiveBuffer {
  readonly #limits: BufferLimits
  #messages: LogMessage[] = []
  #bytes = 0
  #due = Promise.withResolvers<void>()
  #room = Promise.withResolvers<void>()
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(limits: BufferLimits) {
    this.#limits = limits
  }

  /** The message that waits longest. */
  get oldest(): LogMessage | undefined {
    return this.#messages[0]
  }

  /** Takes what has arrived of one stream, in order; resolves when there is room for more. */
  async push(batch: readonly LogMessage[]): Promise<void> {
    for (const message of batch) {
      this.#messages.push(message)
      this.#bytes += message.payload.length
    }
    this.#timer ??= setTimeout(this.#due.resolve, this.#limits.lingerMs)
    if (this.#bytes >= this.#limits.flushBytes) this.#due.resolve()
    while (this.#isFull && !this.#ended) await this.#room.promise
  }

  /** A reader has failed: so does the next `take`. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.end()
  }

  /** Nothing more is wanted. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#due.resolve()
    this.#room.resolve()
  }

  /** Everything that waits, once a flush is due; undefined after the end. @throws what a reader failed with */
  async take(): Promise<readonly LogMessage[] | undefined> {
    await this.#due.promise
    if (this.#failure) throw this.#failure.error
    if (this.#ended) return undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#due = Promise.withResolvers()
    const taken = this.#messages
    this.#messages = []
    this.#bytes = 0
    this.#room.resolve()
    this.#room = Promise.withResolvers()
    return taken
  }

  get #isFull(): boolean {
    return this.#bytes >= this.#limits.maxBytes || this.#messages.length >= this.#limits.maxMessages
  }
}
