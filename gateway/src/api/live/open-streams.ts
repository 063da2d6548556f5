// Every open stream of events, of whatever: how many there may be, that they are alive, and that each ends with the
// credential it was opened with.

import type { Clock } from '@secumon/domain/clock'
import type { Logger } from 'pino'
import type { Principal } from '../../auth/principal.ts'
import { Failure } from '../failures.ts'

export const PING_MS = 15_000
/** A client that takes nothing for this long is cut off. */
const MAX_BLOCKED_MS = 30_000
/** What no logout here has told ends the stream at the first ping after this time: within a minute. */
const RECHECK_MS = 45_000
const MAX_STREAMS = 2_000
const MAX_STREAMS_PER_USER = 32

/** Who opened a stream. */
export type StreamOwner = {
  readonly principal: Principal
  /** Whether the credential still holds. */
  readonly stillGood: () => Promise<boolean>
}

export type OpenStream = {
  /** Since when the client has not taken what waits for it; undefined when nothing does. */
  readonly blockedSinceMs: number | undefined
  /** Shows the client that the connection is alive. */
  ping(): void
  /** Ends it. */
  close(): void
}

export type OpenStreamsDeps = { readonly clock: Clock; readonly logger: Logger }

type Entry = { readonly owner: StreamOwner; readonly stream: OpenStream; checkedAtMs: number }

export class OpenStreams {
  readonly #deps: OpenStreamsDeps
  readonly #entries = new Set<Entry>()
  readonly #timer: NodeJS.Timeout
  #stopped = false

  constructor(deps: OpenStreamsDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => this.#tend(), PING_MS)
  }

  get count(): number {
    return this.#entries.size
  }

  /** Call it before a stream is made. @throws Failure 429 or 503 when too many are open */
  admit({ user }: Principal): void {
    if (this.#stopped || this.#entries.size >= MAX_STREAMS)
      throw new Failure(503, 'no more live streams', { retryAfterMs: PING_MS })
    if (this.#of(user.id).length >= MAX_STREAMS_PER_USER)
      throw new Failure(429, 'too many live streams of this user', { retryAfterMs: PING_MS })
  }

  /** Looks after a stream until the returned function is called, at its end. */
  add(owner: StreamOwner, stream: OpenStream): () => void {
    const entry: Entry = { owner, stream, checkedAtMs: this.#deps.clock.monotonicMs() }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  /** Ends the streams of a user whose credential no longer holds: call it after a logout. */
  async recheck(userId: string): Promise<void> {
    await Promise.all(this.#of(userId).map((entry) => this.#recheck(entry)))
  }

  /** Ends every stream. */
  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
    for (const { stream } of this.#entries) stream.close()
  }

  #of(userId: string): Entry[] {
    return [...this.#entries].filter(({ owner }) => owner.principal.user.id === userId)
  }

  #tend(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    for (const entry of this.#entries) {
      const { stream, owner } = entry
      const blocked = nowMs - (stream.blockedSinceMs ?? nowMs) > MAX_BLOCKED_MS
      if (blocked || owner.principal.expiresAtMs <= this.#deps.clock.nowMs()) stream.close()
      else stream.ping()
      if (nowMs - entry.checkedAtMs < RECHECK_MS) continue
      entry.checkedAtMs = nowMs
      void this.#recheck(entry)
    }
  }

  async #recheck({ owner, stream }: Entry): Promise<void> {
    try {
      if (!(await owner.stillGood())) stream.close()
    } catch (error) {
      // Not being able to ask is no reason to end it: the next check comes.
      this.#deps.logger.warn({ err: error }, 'a live stream’s credential could not be checked')
    }
  }
}
