// A simulated host: what it was last said to measure it goes on measuring, once each period; what it cannot send it keeps.

import type { Metric } from '@secumon/contracts/metrics'
import type { Ago, Level, Measurement } from './input.ts'
import type { Measured } from './observation-of.ts'

type Series = {
  readonly metric: Metric
  readonly dimension: string
  readonly level: Level
  readonly sinceMs: number
}

/** One observation: when it was made, since the beginning, and what was measured. */
export type Observed = {
  readonly atMs: number
  readonly intervalMs: number
  readonly measured: readonly Measured[]
}

export class Host {
  readonly name: string
  /** ULID. */
  readonly id: string
  readonly periodMs: number
  /** `cut`: it goes on measuring, and keeps what it cannot send. */
  link: 'online' | 'cut' | 'offline' = 'online'
  /** Infinity until something is said of it. */
  nextMs = Infinity
  readonly #series = new Map<string, Series>()
  #kept: Observed[] = []
  #lastMs: number | undefined

  constructor({
    name,
    id,
    periodMs,
  }: {
    readonly name: string
    readonly id: string
    readonly periodMs: number
  }) {
    this.name = name
    this.id = id
    this.periodMs = periodMs
  }

  /** From now on it measures this; the next observation is made at once. */
  set(measurements: readonly Measurement[], atMs: number): void {
    for (const { metric, dimension, level } of measurements) {
      const key = `${metric.key}[${dimension}]`
      if (level) this.#series.set(key, { metric, dimension, level, sinceMs: atMs })
      else this.#series.delete(key)
    }
    if (this.link !== 'offline') this.nextMs = atMs
  }

  /** It measures again, where it did before. */
  wake(atMs: number): void {
    if (this.#lastMs !== undefined) this.nextMs = atMs
  }

  /** Keeps what was measured at this moment. */
  observe(atMs: number): void {
    const measured = [...this.#series.values()].map(({ metric, dimension, level, sinceMs }) => ({
      metric,
      dimension,
      value: level.value + level.perMs * (atMs - sinceMs),
    }))
    this.#keep(atMs, measured)
    this.nextMs = atMs + this.periodMs
  }

  /** Keeps what was measured earlier, once each period. */
  backfill(measurements: readonly Measurement[], { fromMs, untilMs }: Ago, nowMs: number): void {
    for (let agoMs = fromMs; agoMs >= untilMs; agoMs -= this.periodMs) {
      const measured = measurements.flatMap(({ metric, dimension, level }) =>
        level ? [{ metric, dimension, value: level.value + level.perMs * (fromMs - agoMs) }] : [],
      )
      this.#keep(nowMs - agoMs, measured)
    }
  }

  /** Takes out what it has to send. */
  take(): Observed[] {
    const kept = this.#kept
    this.#kept = []
    return kept
  }

  #keep(atMs: number, measured: readonly Measured[]): void {
    const sinceMs = atMs - (this.#lastMs ?? atMs)
    // The first one after a pause has none.
    const intervalMs = sinceMs > 0 && sinceMs <= 2 * this.periodMs ? sinceMs : 0
    this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs)
    this.#kept.push({ atMs, intervalMs, measured })
  }
}
