// Results as a table for people and as JSON for programs.

export type Row = Readonly<Record<string, string | number>>

const shown = (value: string | number | undefined): string =>
  typeof value === 'number'
    ? value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : 1 })
    : (value ?? '')

/** Prints rows under their keys, numbers to the right. */
export function printTable(title: string, rows: readonly Row[]): void {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const width = (key: string) => Math.max(key.length, ...rows.map((row) => shown(row[key]).length))
  const line = (cell: (key: string) => string) => keys.map((key) => cell(key)).join('  ')
  console.log(`\n${title}`)
  console.log(line((key) => key.padEnd(width(key))))
  for (const row of rows)
    console.log(
      line((key) =>
        typeof row[key] === 'number'
          ? shown(row[key]).padStart(width(key))
          : shown(row[key]).padEnd(width(key)),
      ),
    )
}

export const printJson = (result: unknown): void => console.log(JSON.stringify(result))

/** The middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The least-squares slope of y over x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [x0, y0] = [mean(0), mean(1)]
  const covariance = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0)
  const variance = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0)
  return covariance / variance
}
