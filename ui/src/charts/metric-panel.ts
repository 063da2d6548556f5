// A panel for any metric of the catalogue, as alerts and rules show it.

import { metricOf, type Metric, type MetricKey } from '@secumon/contracts/metrics'
import { metricUnit } from '../shape/metric-text.ts'
import type { Panel } from './panels.ts'

/** Undefined for what is no metric of an agent: silence, figures of the platform. */
export function metricPanel(key: string): Panel | undefined {
  const metric: (Metric & { readonly key: MetricKey }) | undefined = metricOf(key)
  if (!metric) return undefined
  return {
    id: metric.key,
    title: 'metric',
    unit: metricUnit(metric.key),
    aggregation: metric.kind === 'delta' ? 'rate' : 'avg',
    draw: 'lines',
    ...(metric.dimension && { dimension: metric.dimension }),
    ...(metric.unit === 'percent' && metric.dimension !== 'process' && { top: 100 }),
    series: [{ key: metric.key, label: 'metric', colour: 5 }],
  }
}
