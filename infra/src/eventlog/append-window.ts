// Appends under way: each has a place in the window until it is answered or too late. Who finds no place waits in
// line, and when the line too is full is told so: nothing here grows without bound.

import type { Clock } from '@secumon/domain/clock'
import type { AppendOutcome } from './event-log.ts'
import { unavailable } from './append-outcome.ts'

export type WindowLimits = {
  /** Appends not yet answered. */
  readonly maxAppends: number
  /** Their payloads together, bytes. */
  readonly maxBytes: number
  /** Appends waiting for a place. */
  readonly maxWaiting: number
  /** From the publish to the answer. */
  readonly ackTimeoutMs: number
}

type Answer = {
  readonly resolve: (outcome: AppendOutcome) => void
  readonly reject: (error: unknown) => void
}
type Underway = Answer & { readonly sizeBytes: number; readonly deadlineMs: number }
type Waiting = Answer & { readonly sizeBytes: number; readonly publish: (token: number) => void }

export class AppendWindow {
  readonly #limits: WindowLimits
  readonly #clock: Clock
  readonly #onSlow: () => void
  readonly #underway = new Map<number, Underway>()
  #waiting: Waiting[] = []
  #bytes = 0
  #tokens = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: WindowLimits, clock: Clock, onSlow: () => void) {
    this.#limits = limits
    this.#clock = clock
    this.#onSlow = onSlow
  }

  get full(): boolean {
    const { maxAppends, maxBytes } = this.#limits
    return this.#waiting.length > 0 || this.#underway.size >= maxAppends || this.#bytes >= maxBytes
  }

  get empty(): boolean {
    return this.#underway.size === 0 && this.#waiting.length === 0
  }

  /** True while the append of this token waits for its answer. */
  has(token: number): boolean {
    return this.#underway.has(token)
  }

  /** Publishes as soon as there is a place; `publish` gets the token that the answer will carry. */
  enter(sizeBytes: number, publish: (token: number) => void): Promise<AppendOutcome> {
    if (this.#waiting.length >= this.#limits.maxWaiting) return Promise.resolve(unavailable('window_full'))
    return new Promise((resolve, reject) => {
      const entry = { sizeBytes, publish, resolve, reject }
      if (this.full) this.#waiting.push(entry)
      else this.#start(entry)
    })
  }

  /** An answer came. One that nobody waits for any more is ignored. */
  settle(token: number, outcome: () => AppendOutcome): void {
    const entry = this.#take(token)
    if (!entry) return
    try {
      entry.resolve(outcome())
    } catch (error) {
      entry.reject(error)
    }
    this.#admit()
    if (this.empty) this.#disarm()
  }

  /** Answers everything, under way and waiting: nothing more will be heard. */
  abandon(reason: string): void {
    const entries: Answer[] = [...this.#underway.values(), ...this.#waiting]
    this.#underway.clear()
    this.#waiting = []
    this.#bytes = 0
    this.#disarm()
    for (const entry of entries) entry.resolve(unavailable(reason))
  }

  #start({ sizeBytes, publish, resolve, reject }: Waiting): void {
    const token = ++this.#tokens
    const deadlineMs = this.#clock.monotonicMs() + this.#limits.ackTimeoutMs
    this.#underway.set(token, { sizeBytes, deadlineMs, resolve, reject })
    this.#bytes += sizeBytes
    this.#timer ??= setTimeout(() => this.#expire(), this.#limits.ackTimeoutMs)
    publish(token)
  }

  #take(token: number): Underway | undefined {
    const entry = this.#underway.get(token)
    if (!entry) return undefined
    this.#underway.delete(token)
    this.#bytes -= entry.sizeBytes
    return entry
  }

  #admit(): void {
    const { maxAppends, maxBytes } = this.#limits
    let admitted = 0
    while (admitted < this.#waiting.length && this.#underway.size < maxAppends && this.#bytes < maxBytes) {
      const next = this.#waiting[admitted++]
      if (next) this.#start(next)
    }
    if (admitted > 0) this.#waiting = this.#waiting.slice(admitted)
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // The map is in order of publishing, so of deadlines.
  #expire(): void {
    this.#timer = undefined
    const nowMs = this.#clock.monotonicMs()
    for (const [token, entry] of this.#underway) {
      if (entry.deadlineMs > nowMs) break
      this.#take(token)?.resolve(unavailable('slow'))
      this.#onSlow()
    }
    this.#admit()
    const [oldest] = this.#underway.values()
    if (oldest) this.#timer ??= setTimeout(() => this.#expire(), Math.max(1, oldest.deadlineMs - nowMs))
  }
}
