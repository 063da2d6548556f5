// A chart's numbers as a file: one row per bucket, exact values, ISO times.

import { toCsv } from '../shape/csv.ts'
import type { ChartData } from './chart-data.ts'

/** Missing values are empty cells. */
export const chartCsv = (data: ChartData): string =>
  toCsv(
    ['time', ...data.lines.map((line) => line.label)],
    data.times.map((at, i) => [new Date(at).toISOString(), ...data.lines.map((line) => line.values[i])]),
  )
