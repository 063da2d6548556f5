// The shape of values over time, and how buckets become aligned arrays. Pure.

import type { MetricKey } from '@secumon/contracts/metrics'

export type Aggregation = 'avg' | 'max' | 'min' | 'last' | 'sum' | 'rate'

export type Values = (number | null)[]

export type Series = {
  key: MetricKey
  unit: string
  aggregation: Aggregation
  /** Value of the dimension; null where there is none. */
  name: string | null
  /** One per time; null is a gap. */
  values: Values
  /** With `avg`, when buckets hold several values. */
  min?: Values
  max?: Values
}

export type SeriesSet = {
  from: number
  to: number
  /** Width of a bucket: as asked for, or wider where what was read is. */
  step: number
  /** The relations that were read. */
  source: string
  /** Start of each bucket. */
  times: number[]
  series: Series[]
}

/** The buckets of a range: aligned to multiples of the step, so that panels of different ranges agree. */
export type Buckets = { readonly firstMs: number; readonly stepMs: number; readonly count: number }

export function bucketsOf({
  fromMs,
  toMs,
  stepMs,
}: {
  fromMs: number
  toMs: number
  stepMs: number
}): Buckets {
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  return { firstMs, stepMs, count: Math.max(1, Math.ceil((toMs - firstMs) / stepMs)) }
}

export const timesOf = ({ firstMs, stepMs, count }: Buckets): number[] =>
  Array.from({ length: count }, (_, i) => firstMs + i * stepMs)

/** What a bucket holds: the time of its first row, and the longest time that one of its rows stands for. */
export type Held = { readonly bucketMs: number; readonly firstMs: number; readonly intervalMs: number }

/**
 * True when a bucket's row stands for most of the bucket before it as well. Rows come a little early or late; where the
 * step is as narrow as their interval, that must not look like a gap.
 */
export const reachesBack = ({ bucketMs, firstMs, intervalMs }: Held, stepMs: number): boolean =>
  intervalMs < 2 * stepMs && firstMs - intervalMs <= bucketMs - stepMs / 2

/** The bucket's number, or undefined outside the range. */
export function indexIn({ firstMs, stepMs, count }: Buckets, bucketMs: number): number | undefined {
  const index = Math.round((bucketMs - firstMs) / stepMs)
  return index >= 0 && index < count ? index : undefined
}
