// Remembers what was loaded for a while, so that a change elsewhere is seen in time. Bounded: the oldest goes first.

import type { Clock } from '@secumon/domain/clock'

export type CacheLimits = { readonly ttlMs: number; readonly maxEntries: number }

type Entry<Value> = { readonly sinceMs: number; readonly value: Promise<Value> }

export class ExpiringCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #limits: CacheLimits
  readonly #clock: Pick<Clock, 'monotonicMs'>

  constructor(limits: CacheLimits, clock: Pick<Clock, 'monotonicMs'>) {
    this.#limits = limits
    this.#clock = clock
  }

  /** What is remembered, else what `load` gives: once for all who ask meanwhile. A failure is not remembered. */
  get(key: string, load: () => Promise<Value>): Promise<Value> {
    // From before the question: what changes while it is answered is seen in time too.
    const sinceMs = this.#clock.monotonicMs()
    const known = this.#entries.get(key)
    if (known && sinceMs - known.sinceMs < this.#limits.ttlMs) return known.value
    const entry = { sinceMs, value: load() }
    this.#remember(key, entry)
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
    return entry.value
  }

  #remember(key: string, entry: Entry<Value>): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#limits.maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }
}
