// Which relations of an answer are those of a panel: one request asks for many panels at once.

import type { Metric } from '@secumon/contracts/metrics'
import { knownMetric } from './metric-text.ts'

const AS_MEASURED: ReadonlySet<Metric['dimension']> = new Set(['core', 'sensor', 'process'])

/** True for what is kept as measured only: nothing rolled up is read for it, so that long ranges are empty at first. */
export const isKeptAsMeasured = (dimension: Metric['dimension']): boolean => AS_MEASURED.has(dimension)

/** Those in which the metrics lie, out of a list with commas: their tables, and what is rolled up of those. */
export function sourcesOf(keys: readonly string[], list: string): string[] {
  const metrics = keys.map((key) => knownMetric(key)).filter((metric) => metric !== undefined)
  return list.split(',').filter((name) => metrics.some((metric) => isReadFor(metric, name)))
}

const isReadFor = ({ table, dimension }: Metric, name: string): boolean =>
  name === table || (name.startsWith(`${table}_`) && !isKeptAsMeasured(dimension))
