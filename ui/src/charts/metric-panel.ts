// A panel for any one metric, as alerts, rules and the page of custom metrics show it.

import type { Metric, MetricKind } from '@secumon/contracts/metrics'
import { knownMetric, metricUnit } from '../shape/metric-text.ts'
import type { Panel } from './panels.ts'

/**
 * Undefined for what is no metric of an agent: silence, figures of the platform.
 * @param kind of a custom metric, where that is known
 */
export function metricPanel(key: string, kind?: MetricKind): Panel | undefined {
  const metric = knownMetric(key, kind)
  if (!metric) return undefined
  return {
    id: metric.key,
    title: 'metric',
    unit: metricUnit(metric.key, kind),
    draw: 'lines',
    ...(metric.dimension && { dimension: metric.dimension }),
    ...(isShare(metric) && { top: 100 }),
    series: [{ key: metric.key, label: 'metric', colour: 5 }],
  }
}

// Of one core a process can have more than all, and what programs call a percentage may be anything.
const isShare = ({ unit, dimension }: Pick<Metric, 'unit' | 'dimension'>): boolean =>
  unit === 'percent' && dimension !== 'process' && dimension !== 'labels'
