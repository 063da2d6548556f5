// A panel for any one metric, as alerts, rules and the page of custom metrics show it.

import type { Metric, MetricKind } from '@secumon/contracts/metrics'
import { knownMetric, metricUnit } from '../shape/metric-text.ts'
import type { Panel } from './panels.ts'

type Details = {
  /** Of a custom metric, where that is known. */
  readonly kind?: MetricKind
  /** One value of its dimension, where it has one. */
  readonly only?: string | undefined
}

/** Undefined for what is no metric of an agent: silence, figures of the platform. */
export function metricPanel(key: string, { kind, only }: Details = {}): Panel | undefined {
  const metric = knownMetric(key, kind)
  if (!metric) return undefined
  const isOne = metric.dimension !== undefined && only !== undefined
  return {
    id: isOne ? `${metric.key}{${only}}` : metric.key,
    title: 'metric',
    unit: metricUnit(metric.key, kind),
    draw: 'lines',
    ...(metric.dimension && { dimension: metric.dimension }),
    ...(isOne && { only }),
    ...(isShare(metric) && { top: 100 }),
    series: [{ key: metric.key, label: 'metric', colour: 5 }],
  }
}

// Of one core a process can have more than all, and what programs call a percentage may be anything.
const isShare = ({ unit, dimension }: Pick<Metric, 'unit' | 'dimension'>): boolean =>
  unit === 'percent' && dimension !== 'process' && dimension !== 'labels'
