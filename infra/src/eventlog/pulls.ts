// The requests by which a reader asks its consumer for messages. Each is answered to an inbox of its own, so that it is
// known which of them has ended, and how many messages the others may still bring.

import { createInbox, nanos, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node'

export type PullPace = {
  /** How long the server keeps a request. */
  readonly expiresMs: number
  /** How often it says that it still has one. */
  readonly heartbeatMs: number
  /**
   * How long a request is counted on. The next one is there before the server lets go of it: some do so without a
   * word (nats-server before 2.9.16, when a message comes as the request expires).
   */
  readonly standsMs: number
}

const LONGEST_HEARTBEAT_MS = 2_000

/** The pace at which requests of a life follow each other. */
export const pullPace = (expiresMs: number): PullPace => ({
  expiresMs,
  heartbeatMs: Math.min(LONGEST_HEARTBEAT_MS, expiresMs / 4),
  standsMs: expiresMs / 2,
})

export type PullsOptions = {
  readonly nats: NatsConnection
  /** Where the consumer is asked. */
  readonly subject: string
  readonly pace: PullPace
  readonly maxBytes: number
  readonly receive: (message: Msg, pull: Pull) => void
  readonly fail: (reason: string) => void
}

/** One request that may still be answered. */
export type Pull = {
  readonly subscription: Subscription
  readonly askedMs: number
  /** Messages that it may still bring. */
  left: number
  isDoubted: boolean
}

export class Pulls {
  readonly #options: PullsOptions
  readonly #pulls = new Set<Pull>()

  constructor(options: PullsOptions) {
    this.#options = options
  }

  /** The messages that may still come of the requests that are counted on. */
  get outstanding(): number {
    const { standsMs } = this.#options.pace
    let sum = 0
    for (const { left, isDoubted, askedMs } of this.#pulls)
      if (!isDoubted && performance.now() - askedMs < standsMs) sum += left
    return sum
  }

  ask(batch: number): void {
    const { nats, subject, pace, maxBytes } = this.#options
    const inbox = createInbox()
    const callback = (error: Error | null, message: Msg) => this.#hear(error, message, pull)
    const pull: Pull = {
      subscription: nats.subscribe(inbox, { callback }),
      askedMs: performance.now(),
      left: batch,
      isDoubted: false,
    }
    this.#pulls.add(pull)
    const request = {
      batch,
      max_bytes: maxBytes,
      expires: nanos(pace.expiresMs),
      idle_heartbeat: nanos(pace.heartbeatMs),
    }
    nats.publish(subject, JSON.stringify(request), { reply: inbox })
  }

  /** A message has come of it. */
  brought(pull: Pull): void {
    if (--pull.left <= 0) this.end(pull)
  }

  /** Nothing more comes of it. */
  end(pull: Pull): void {
    pull.subscription.unsubscribe()
    this.#pulls.delete(pull)
  }

  /** They are counted on no more; what they bring all the same is welcome. */
  doubtAll(): void {
    for (const pull of this.#pulls) pull.isDoubted = true
  }

  /** Forgets those whose end was never told, long after a server could still answer them. */
  forgetExpired(): void {
    const lastsMs = 2 * this.#options.pace.expiresMs
    for (const pull of this.#pulls) if (performance.now() - pull.askedMs > lastsMs) this.end(pull)
  }

  close(): void {
    for (const pull of this.#pulls) this.end(pull)
  }

  #hear(error: Error | null, message: Msg, pull: Pull): void {
    if (error) this.#options.fail(error.message)
    else this.#options.receive(message, pull)
  }
}
