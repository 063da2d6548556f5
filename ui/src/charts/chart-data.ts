// From a panel's columns to what the plot draws: labels, colours, sums of stacks, bands.

import {
  bridged,
  stacked,
  summary,
  type Column,
  type Columns,
  type Point,
  type Summary,
} from '../shape/series-merge.ts'
import type { Panel, PanelSeries } from './panels.ts'

export const SERIES_COLOURS = 8
/** Bands of more series than this would hide each other. */
const MOST_BANDS = 4

export type Line = {
  readonly id: string
  readonly label: string
  /** The label in full, where it was shortened. */
  readonly fullLabel: string
  readonly colour: number
  readonly dashed: boolean
  readonly filled: boolean
  /** As measured, for legend and tooltip. */
  readonly values: readonly Point[]
  /** As drawn: sums where the chart is stacked. */
  readonly drawn: readonly Point[]
  readonly band: { readonly min: readonly Point[]; readonly max: readonly Point[] } | undefined
  readonly summary: Summary
}

export type ChartData = {
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly banded: boolean
  readonly empty: boolean
}

type Options = {
  readonly panel: Panel
  readonly columns: Columns
  /** Longest run of missing buckets that is lateness and not a gap. */
  readonly toleranceMs: number
  readonly hidden: ReadonlySet<string>
  readonly text: (key: PanelSeries['label']) => string
  /** What tells a value of the dimension from the others; absent: the value itself. */
  readonly shortName?: ((name: string) => string) | undefined
}

const natural = new Intl.Collator('en', { numeric: true })

/** Values of the panel's dimension, in natural order: the place of a value decides its colour on every panel. */
export const dimensionNames = (columns: Columns): string[] =>
  [...new Set(columns.columns.map((column) => column.name).filter((name) => name !== null))].toSorted(
    (a, b) => natural.compare(a, b),
  )

/** Everything the plot and its legend need. */
export function chartData(options: Options): ChartData {
  const { panel, columns, hidden } = options
  const lines = ordered(options).map(({ series, column }) => line(options, series, column))
  const shown = lines.filter((each) => !hidden.has(each.id))
  const banded = panel.draw === 'lines' && shown.length <= MOST_BANDS && shown.some((each) => each.band)
  const sums = panel.draw === 'stacked' ? stacked(shown.map((each) => each.values)) : undefined
  const drawn = lines.map((each) => {
    const at = shown.indexOf(each)
    return { ...each, drawn: sums?.[at] ?? each.values, band: banded ? each.band : undefined }
  })
  return {
    times: columns.times,
    lines: drawn,
    banded,
    empty: lines.every((each) => each.summary.last === null),
  }
}

function ordered({ panel, columns }: Options): { series: PanelSeries; column: Column }[] {
  const names = panel.dimension ? dimensionNames(columns) : [null]
  return names.flatMap((name) =>
    panel.series.flatMap((series) => {
      const column = columns.columns.find((each) => each.key === series.key && each.name === name)
      return column ? [{ series, column }] : []
    }),
  )
}

function line(options: Options, series: PanelSeries, column: Column): Line {
  const { panel, columns, toleranceMs, text, shortName = (name) => name } = options
  const factor = panel.factor ?? 1
  const scaled = (values: readonly Point[]): readonly Point[] =>
    factor === 1 ? values : values.map((value) => (typeof value === 'number' ? value * factor : value))
  const join = (values: readonly Point[]): Point[] => bridged(scaled(values), columns.stepMs, toleranceMs)
  const values = join(column.values)
  const place = panel.dimension
    ? dimensionNames(columns).indexOf(column.name ?? '')
    : (series.colour ?? 1) - 1
  return {
    id: `${column.key} ${column.name ?? ''}`,
    label: labelOf(panel, column.name && shortName(column.name), text(series.label)),
    fullLabel: labelOf(panel, column.name, text(series.label)),
    colour: (Math.max(place, 0) % SERIES_COLOURS) + 1,
    dashed: series.dashed ?? false,
    filled: series.filled ?? false,
    values,
    drawn: values,
    band: hasSpread(column) ? { min: join(column.min ?? []), max: join(column.max ?? []) } : undefined,
    summary: summary({
      values,
      min: column.min && scaled(column.min),
      max: column.max && scaled(column.max),
    }),
  }
}

/** Whether any bucket's extremes lie apart: else there is no band to show. */
const hasSpread = ({ min, max }: Column): boolean =>
  min !== undefined && max !== undefined && max.some((value, i) => value !== min[i])

function labelOf(panel: Panel, name: string | null, label: string): string {
  if (name === null || name === '') return label
  return panel.series.length > 1 ? `${name} ${label}` : name
}

/** The largest value drawn, bands included: it decides the unit of the axis. */
export const largest = (data: ChartData): number =>
  data.lines.reduce((most, each) => Math.max(most, each.summary.max ?? 0), 0)
