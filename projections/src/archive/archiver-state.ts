// How the archiver is: for its health and its metrics.

import type { Clock } from '@secumon/domain/clock'

/** Behind by more than this is trouble: agents keep their spools meanwhile. */
const BEHIND_MS = 15_000
const TOLD_EVERY_MS = 60_000

export type ArchiverHealth = { readonly status: 'healthy' | 'degraded'; readonly detail?: string }

type Phase = 'starting' | 'standby' | 'waiting' | 'working' | 'failing'

export class ArchiverState {
  readonly #clock: Clock
  #phase: Phase = 'starting'
  #detail = ''
  #behindSinceMs: number | undefined
  #isFull = false
  #fullToldMs = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Age of the oldest record that has been read and is not archived, as far as this process knows. */
  lagMs(): number {
    return this.#behindSinceMs === undefined ? 0 : Math.max(0, this.#clock.nowMs() - this.#behindSinceMs)
  }

  health(): ArchiverHealth {
    if (this.#isFull) return degraded('the archive has no room on its disk: agents keep what they have')
    if (this.#phase === 'failing') return degraded(`nothing is archived: ${this.#detail}`)
    if (this.#phase === 'waiting') return degraded(`the archive waits for the event log: ${this.#detail}`)
    const lagMs = this.lagMs()
    if (lagMs > BEHIND_MS) return degraded(`the archive is ${Math.round(lagMs / 1_000)} s behind the log`)
    return this.#phase === 'standby'
      ? { status: 'healthy', detail: 'another process archives' }
      : { status: 'healthy' }
  }

  /** Another process archives: what it has left to do is not known here. */
  standby(): void {
    this.#phase = 'standby'
    this.#behindSinceMs = undefined
  }

  waiting(detail: string): void {
    this.#phase = 'waiting'
    this.#detail = detail
  }

  working(): void {
    this.#phase = 'working'
  }

  failed(error: unknown): void {
    this.#phase = 'failing'
    this.#detail = error instanceof Error ? error.message : String(error)
    this.#behindSinceMs ??= this.#clock.nowMs()
  }

  /** @param oldestMs when the oldest record that waits arrived; undefined when none waits */
  flushed(oldestMs: number | undefined): void {
    this.working()
    this.#isFull = false
    this.#behindSinceMs = oldestMs
  }

  /** Records that arrived then have been read. */
  read(oldestMs: number): void {
    this.#behindSinceMs ??= oldestMs
  }

  /** True once a minute: when it is time to say so. */
  full(): boolean {
    this.#isFull = true
    const nowMs = this.#clock.monotonicMs()
    const isDue = nowMs - this.#fullToldMs >= TOLD_EVERY_MS
    if (isDue) this.#fullToldMs = nowMs
    return isDue
  }
}

const degraded = (detail: string): ArchiverHealth => ({ status: 'degraded', detail })
