// A chart's numbers as a file: one row per bucket, exact values, ISO times.

import { toCsv } from '@secumon/contracts/csv'
import { withUnit, type DisplayUnit } from '../shape/number-format.ts'
import type { ChartData } from './chart-data.ts'

/** Missing values are empty cells. */
export const chartCsv = (data: ChartData, unit: DisplayUnit): string =>
  toCsv(
    ['time', ...data.lines.map((line) => withUnit(line.fullLabel, unit))],
    data.times.map((at, i) => [new Date(at).toISOString(), ...data.lines.map((line) => line.values[i])]),
  )
