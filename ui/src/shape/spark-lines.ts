// Series of a small panel as paths in a picture one unit wide and one high. Pure.

import { SERIES_COLOURS } from '../charts/chart-data.ts'
import { spacingOf } from './label-sets.ts'
import { bridged, type Columns, type Point } from './series-merge.ts'

export type SparkLine = { readonly colour: number; readonly path: string }

/** One per series, from zero up as charts are; what is missing stays open, a value alone is a short dash. */
export function sparkLines(held: Columns): SparkLine[] {
  const { columns, times, stepMs } = held
  const numbers = columns.flatMap(({ values }) => values.filter((value) => typeof value === 'number'))
  if (numbers.length === 0) return []
  const bottom = numbers.reduce((a, b) => Math.min(a, b), 0)
  const height = numbers.reduce((a, b) => Math.max(a, b), 0) - bottom || 1
  const toleranceMs = 2 * spacingOf(held)
  const place = { width: Math.max(times.length - 1, 1), bottom, height }
  return columns.map(({ values }, i) => ({
    colour: (i % SERIES_COLOURS) + 1,
    path: pathOf(bridged(values, stepMs, toleranceMs), place),
  }))
}

type Place = { readonly width: number; readonly bottom: number; readonly height: number }

function pathOf(values: readonly Point[], { width, bottom, height }: Place): string {
  let pen = 'M'
  const parts = values.map((value, i) => {
    if (value === null) pen = 'M'
    if (typeof value !== 'number') return ''
    const at = `${short(i / width)} ${short(1 - (value - bottom) / height)}`
    const part = pen === 'M' ? `M${at}h0.04` : `L${at}`
    pen = 'L'
    return part
  })
  return parts.join('')
}

const short = (part: number): string => String(Math.round(part * 1000) / 1000)

export type Newest = {
  /** Of the only series; null where there are several. */
  readonly value: number | null
  /** Start of its bucket. */
  readonly atMs: number
}

/** The newest value of any series; undefined where the range has none. */
export function newestOf({ columns, times }: Columns): Newest | undefined {
  const places = columns.map(({ values }) => values.findLastIndex((value) => typeof value === 'number'))
  const newest = places.reduce((a, b) => Math.max(a, b), -1)
  const atMs = times[newest]
  if (atMs === undefined) return undefined
  return { value: columns.length === 1 ? (columns[0]?.values[newest] ?? null) : null, atMs }
}
