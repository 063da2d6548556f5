// What all the files say now, each series once: counters as they stand, not yet as what they gained. Bounded by what one
// observation may carry; what is left out is told by file, line and reason.

import { MAX_CUSTOM_VALUES } from '@secumon/contracts/custom-metrics'
import type { CustomValue } from '../../custom-samples.ts'
import { readMetricFiles, type MetricFile, type MetricFilesOptions } from './metric-files.ts'
import { readMetricsText, type TextSample } from './metrics-text.ts'

/** Of a frame’s 512 KiB; the rest is for everything else that a host measures. */
export const MAX_BYTES = 320 * 1024
/** Of a value beside its labels, and of a metric beside its name. */
const VALUE_BYTES = 16
const METRIC_BYTES = 6
const MAX_FAULTS = 20

export type Gathered = { readonly values: readonly CustomValue[]; readonly faults: readonly string[] }

/** @throws what the system says of a directory that is not there or not ours to read */
export async function gatherMetrics(options: MetricFilesOptions): Promise<Gathered> {
  const series = createSeries()
  const faults: string[] = []
  for await (const file of readMetricFiles(options)) {
    faults.push(...faultsOf(file, series))
    if (series.isFull) break
  }
  return { values: series.values, faults: bounded(faults) }
}

type Lines = { readonly first: number; count: number }

/** Takes what the file says, and tells each reason for which lines were left out once. */
function faultsOf({ name, text = '', fault }: MetricFile, series: Series): string[] {
  const reasons = new Map<string, Lines>()
  for (const found of readMetricsText(text)) {
    const reason = 'fault' in found ? found.fault : series.take(found.sample)
    if (reason === undefined) continue
    const lines = reasons.get(reason)
    if (lines) lines.count++
    else reasons.set(reason, { first: found.line, count: 1 })
    if (series.isFull) break
  }
  const said = [...reasons].map(([reason, lines]) => `${name}: ${reason} (${where(lines)})`)
  return fault === undefined ? said : [`${name}: ${fault}`, ...said]
}

const where = ({ first, count }: Lines): string =>
  count === 1 ? `line ${first}` : `line ${first} and ${count - 1} more`

type Series = {
  readonly values: readonly CustomValue[]
  /** Nothing more can be taken. */
  readonly isFull: boolean
  /** Why the sample is left out; undefined when it was taken. */
  take(sample: TextSample): string | undefined
}

function createSeries(): Series {
  const values: CustomValue[] = []
  const known = new Set<string>()
  const kinds = new Map<string, boolean>()
  let bytes = 0
  let isFull = false
  return {
    values,
    get isFull() {
      return isFull
    },
    take(sample) {
      const { metric, labels, isCounter } = sample
      const kind = kinds.get(metric)
      if (kind !== undefined && kind !== isCounter) return 'a metric of another TYPE than before'
      const name = seriesName(sample)
      if (known.has(name)) return 'a series that was there before'
      bytes += VALUE_BYTES + Buffer.byteLength(labels)
      if (kind === undefined) bytes += METRIC_BYTES + metric.length
      isFull = values.length >= MAX_CUSTOM_VALUES || bytes > MAX_BYTES
      if (isFull) return FULL
      known.add(name)
      kinds.set(metric, isCounter)
      values.push(sample)
      return undefined
    },
  }
}

const FULL = `beyond ${MAX_CUSTOM_VALUES} values or ${MAX_BYTES / 1024} KiB, here and in later files`

/** What a series is known by. */
export const seriesName = ({ metric, labels }: Pick<CustomValue, 'metric' | 'labels'>): string =>
  `${metric}{${labels}}`

function bounded(faults: readonly string[]): string[] {
  const left = faults.length - MAX_FAULTS
  return left > 0 ? [...faults.slice(0, MAX_FAULTS), `${left} more faults`] : [...faults]
}
