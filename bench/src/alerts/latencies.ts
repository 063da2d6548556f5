// Moments and the messages that tell of them, put together.

import { alertKey, type Arrival } from './webhook-receiver.ts'
import type { Moment } from './crossings.ts'

export type Matched = {
  /** From each moment to the first message of it, ms. */
  readonly latenciesMs: readonly number[]
  /** Moments that no message told of. */
  readonly missed: number
  /** Messages about what had been told before. */
  readonly duplicates: number
  /** Messages about what was no moment. */
  readonly strange: number
}

/** Each moment happens once; what comes again is a duplicate. */
export function matchMoments(moments: readonly Moment[], arrivals: readonly Arrival[]): Matched {
  const momentMs = new Map(moments.map((moment) => [alertKey(moment), moment.atMs]))
  const firstMs = new Map<string, number>()
  let strange = 0
  for (const arrival of arrivals) {
    const key = alertKey(arrival)
    if (!momentMs.has(key)) strange++
    else if (!firstMs.has(key)) firstMs.set(key, arrival.atMs)
  }
  return {
    latenciesMs: [...firstMs].map(([key, atMs]) => atMs - (momentMs.get(key) ?? atMs)),
    missed: momentMs.size - firstMs.size,
    duplicates: arrivals.length - strange - firstMs.size,
    strange,
  }
}

export type Quantiles = { readonly p50: number; readonly p99: number; readonly max: number }

/** Of all values, by the nearest rank; NaN where there are none. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
