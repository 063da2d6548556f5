// How many values an observation brings to the tables, counted by the metric catalogue and what programs publish.

import { HOST_METRICS, type Metric } from '@secumon/contracts/metrics'
import type { Observation } from '@secumon/contracts/gen/observation'

/** The values of a metric of hosts in an observation, in the order of its dimension; empty when it was not measured. */
export function metricValues(observation: Observation, metric: Metric): readonly number[] {
  const { dimension = 'core' } = metric
  if (dimension === 'check' || dimension === 'labels') return []
  const part: Readonly<Record<string, unknown>> | undefined = observation[PARTS[dimension]]
  const value = part?.[fieldOf(metric)]
  if (typeof value === 'number') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : []
}

/** Every number that lands in a column: a value per metric, per element of its dimension, per custom series. */
export const countValues = (observation: Observation): number =>
  HOST_METRICS.reduce(
    (count, metric) => count + metricValues(observation, metric).length,
    observation.custom?.value.length ?? 0,
  )

const PARTS = {
  core: 'host',
  sensor: 'temperatures',
  mount: 'filesystems',
  device: 'blockDevices',
  interface: 'networks',
  process: 'processes',
} as const satisfies Record<Exclude<NonNullable<Metric['dimension']>, 'check' | 'labels'>, keyof Observation>

/** Columns are named like proto fields; the sensors' list is called by its unit alone. */
const fieldOf = ({ dimension, column }: Metric): string =>
  dimension === 'sensor'
    ? 'celsius'
    : column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
