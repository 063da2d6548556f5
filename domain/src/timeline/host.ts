// A simulated host: what it was last said to measure it goes on measuring, once each period; what it cannot send it keeps.

import type { Observation } from '@secumon/contracts/gen/observation'
import type { Metric } from '@secumon/contracts/metrics'
import type { Ago, Level, Measurement } from './input.ts'
import { MAX_KEPT, TooManyMoments } from './moments.ts'
import { observationOf, type Measured } from './observation-of.ts'

type Series = {
  readonly metric: Metric
  readonly dimension: string
  readonly level: Level
  readonly sinceMs: number
}

/** What it has to send: when it was measured, since the beginning. */
export type Observed = { readonly atMs: number; readonly observation: Observation }

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
  /** The newest, where nothing changes with time: the next one is the same. */
  #steady: Observation | undefined

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
    this.#steady = undefined
    if (this.link !== 'offline') this.nextMs = atMs
  }

  /** It measures again, where it did before. */
  wake(atMs: number): void {
    if (this.#lastMs !== undefined) this.nextMs = atMs
  }

  /** Keeps what is measured at this moment. */
  observe(atMs: number): void {
    this.nextMs = atMs + this.periodMs
    const intervalMs = this.#pass(atMs)
    const series = [...this.#series.values()]
    const observation =
      this.#steady?.intervalMs === intervalMs
        ? this.#steady
        : this.#observation(measuredAt(series, atMs), intervalMs)
    this.#steady = series.every(({ level }) => level.perMs === 0) ? observation : undefined
    this.#kept.push({ atMs, observation })
  }

  /** Keeps what was measured earlier, once each period. @throws TooManyMoments */
  backfill(measurements: readonly Measurement[], { fromMs, untilMs }: Ago, nowMs: number): void {
    const samples = (fromMs - untilMs) / this.periodMs
    if (samples > MAX_KEPT) throw new TooManyMoments(samples, MAX_KEPT)
    for (let agoMs = fromMs; agoMs >= untilMs; agoMs -= this.periodMs) {
      const measured = measurements.flatMap(({ metric, dimension, level }) =>
        level ? [{ metric, dimension, value: level.value + level.perMs * (fromMs - agoMs) }] : [],
      )
      const atMs = nowMs - agoMs
      this.#kept.push({ atMs, observation: this.#observation(measured, this.#pass(atMs)) })
    }
  }

  /** Takes out what it has to send. */
  take(): Observed[] {
    const kept = this.#kept
    this.#kept = []
    return kept
  }

  // How long it is since the observation before; the first one after a pause has none.
  #pass(atMs: number): number {
    const sinceMs = atMs - (this.#lastMs ?? atMs)
    this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs)
    return sinceMs > 0 && sinceMs <= 2 * this.periodMs ? sinceMs : 0
  }

  #observation(measured: readonly Measured[], intervalMs: number): Observation {
    return observationOf(measured, { intervalMs, periodMs: this.periodMs })
  }
}

const measuredAt = (series: readonly Series[], atMs: number): Measured[] =>
  series.map(({ metric, dimension, level, sinceMs }) => ({
    metric,
    dimension,
    value: level.value + level.perMs * (atMs - sinceMs),
  }))
