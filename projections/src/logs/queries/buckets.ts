// Buckets of a round width over a range of time, aligned to multiples of it, so that histograms of neighbouring ranges
// agree.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const STEPS: readonly number[] = [
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
]

export type Range = { readonly fromMs: number; readonly toMs: number }

/**
 * The narrowest round width with which the range has at most so many buckets, of which the aligned first may begin
 * before it. @param buckets at least 2
 */
export function roundStep(range: Range, buckets: number): number {
  const days = Math.max(1, Math.ceil((range.toMs - range.fromMs) / DAY / (buckets - 1)))
  return STEPS.find((step) => countOf(range, step) <= buckets) ?? days * DAY
}

/** Start of each bucket. */
export function startsOf(range: Range, step: number): number[] {
  const first = firstOf(range, step)
  return Array.from({ length: countOf(range, step) }, (_, i) => first + i * step)
}

const firstOf = ({ fromMs }: Range, step: number): number => Math.floor(fromMs / step) * step

const countOf = (range: Range, step: number): number =>
  Math.max(1, Math.ceil((range.toMs - firstOf(range, step)) / step))
