// The columns of values that programs of a host publish themselves. A row is one value of one series: a level, or what a
// counter gained.

import {
  isCustomLabels,
  isCustomName,
  isCustomValue,
  MAX_CUSTOM_VALUES,
} from '@secumon/contracts/custom-metrics'
import type { CustomSamples } from '@secumon/contracts/gen/observation'
import { InvalidSample, storable, type SampleColumn } from '../sample-column.ts'

/** Name of the metric that the value is of. */
export const metricAt = ({ metric, metricIndex }: CustomSamples, row: number): string =>
  metric[metricIndex[row] ?? 0] ?? ''

/** True when the value is what a counter gained. */
export const isCounterAt = ({ counter, metricIndex }: CustomSamples, row: number): boolean =>
  counter[metricIndex[row] ?? 0] ?? false

export const CUSTOM_VALUE_COLUMNS: readonly SampleColumn<CustomSamples>[] = [
  {
    name: 'metric',
    kind: 'text',
    check: checkMetrics,
    write: (writer, sample, row) => writer.text(metricAt(sample, row)),
  },
  {
    name: 'labels',
    kind: 'text',
    check: ({ labels }, rows) => checkEach('labels', labels, { rows, isSound: isCustomLabels }),
    write: (writer, { labels }, row) => writer.text(labels[row]),
  },
  {
    name: 'value',
    kind: 'double precision',
    check: ({ value }, rows) => checkEach('value', value, { rows, isSound: isCustomValue }),
    write: (writer, sample, row) => writer.double(valueAt(sample, { row, ofCounters: false })),
  },
  {
    name: 'gained',
    kind: 'double precision',
    check: () => undefined,
    write: (writer, sample, row) => writer.double(valueAt(sample, { row, ofCounters: true })),
  },
]

type At = { readonly row: number; readonly ofCounters: boolean }

const valueAt = (sample: CustomSamples, { row, ofCounters }: At): number | undefined =>
  isCounterAt(sample, row) === ofCounters ? storable(sample.value[row]) : undefined

/** @throws InvalidSample */
export function checkCustom(sample: CustomSamples): void {
  const rows = sample.value.length
  if (rows > MAX_CUSTOM_VALUES) throw new InvalidSample(`${rows} values of custom metrics`)
  for (const column of CUSTOM_VALUE_COLUMNS) column.check(sample, rows)
  const series = new Set(sample.labels.map((labels, row) => `${sample.metricIndex[row]} ${labels}`))
  if (series.size < rows) throw new InvalidSample('a series has two values')
}

function checkMetrics({ metric, counter, metricIndex }: CustomSamples, rows: number): void {
  checkEach('metric', metric, { rows: counter.length, isSound: isCustomName })
  if (new Set(metric).size !== metric.length) throw new InvalidSample('a metric is named twice')
  checkEach('metric_index', metricIndex, { rows, isSound: (index) => index < metric.length })
}

type Rows<T> = { readonly rows: number; readonly isSound: (value: T) => boolean }

function checkEach<T extends string | number>(
  name: string,
  values: readonly T[],
  { rows, isSound }: Rows<T>,
): void {
  if (values.length !== rows) throw new InvalidSample(`${name} has ${values.length} values for ${rows} rows`)
  const wrong = values.find((value) => !isSound(value))
  if (wrong !== undefined) throw new InvalidSample(`${name} cannot be ${String(wrong).slice(0, 40)}`)
}
