// The straight line through points by least squares (https://en.wikipedia.org/wiki/Simple_linear_regression). Sums are
// taken about the means, so that times in milliseconds since 1970 lose nothing.

export type Point = { readonly atMs: number; readonly value: number }
export type Line = { readonly perMs: number; readonly at: (atMs: number) => number }

/** @param points at least one; of points at one moment only, a level line */
export function lineThrough(points: readonly Point[]): Line {
  const meanMs = mean(points.map(({ atMs }) => atMs))
  const meanValue = mean(points.map(({ value }) => value))
  let [covariance, variance] = [0, 0]
  for (const { atMs, value } of points) {
    covariance += (atMs - meanMs) * (value - meanValue)
    variance += (atMs - meanMs) ** 2
  }
  const perMs = variance === 0 ? 0 : covariance / variance
  return { perMs, at: (atMs) => meanValue + perMs * (atMs - meanMs) }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
