// Metrics as people read them: the catalogue's words and the unit in which a rule's threshold is said.

import { customMetric, customNameOf } from '@secumon/contracts/custom-metrics'
import {
  HOST_METRICS,
  metricOf,
  type Metric,
  type MetricKey,
  type MetricKind,
  type Unit,
} from '@secumon/contracts/metrics'
import type { DisplayUnit } from './number-format.ts'

export type Language = 'en' | 'fr'

type PlatformFigure = { readonly key: string; readonly unit: Unit; readonly en: string; readonly fr: string }

/** What the platform says of itself; rules of the platform are about these. */
export const PLATFORM_FIGURES: readonly PlatformFigure[] = [
  { key: 'lag_seconds', unit: 'seconds', en: 'Lag of the projections', fr: 'Retard des projections' },
  {
    key: 'holes',
    unit: 'count',
    en: 'Holes in chains, last hour',
    fr: 'Trous dans les chaînes, dernière heure',
  },
  { key: 'dead_letters', unit: 'count', en: 'Dead letters', fr: 'Messages non projetés' },
  { key: 'archive_lag_seconds', unit: 'seconds', en: 'Lag of the archive', fr: 'Retard de l’archive' },
  { key: 'log_fill_percent', unit: 'percent', en: 'Fill of the log', fr: 'Remplissage du journal' },
  { key: 'disk_fill_percent', unit: 'percent', en: 'Fill of the disk', fr: 'Remplissage du disque' },
]

const PLATFORM = 'platform.'

const figureOf = (key: string): PlatformFigure | undefined =>
  PLATFORM_FIGURES.find((figure) => key === figure.key || key === PLATFORM + figure.key)

const RATES: Readonly<Record<Unit, DisplayUnit>> = {
  bytes: 'bytes_per_second',
  count: 'per_second',
  percent: 'percent',
  seconds: 'count',
  milliseconds: 'per_second',
  celsius: 'celsius',
}

/**
 * A metric of the catalogue, or what is known of a custom one by its name.
 * @param kind of a custom metric; absent: as names go
 */
export function knownMetric(
  key: string,
  kind?: MetricKind,
): (Metric & { readonly key: MetricKey }) | undefined {
  const name = customNameOf(key)
  if (name === undefined) return metricOf(key)
  return customMetric(name, kind ?? (name.endsWith('_total') ? 'delta' : 'gauge'))
}

/** The unit in which values of a metric are told; a delta's is its rate per second. */
export function metricUnit(key: string, kind?: MetricKind): DisplayUnit {
  const metric = knownMetric(key, kind)
  if (!metric) return figureOf(key)?.unit ?? 'count'
  return metric.kind === 'delta' ? RATES[metric.unit] : metric.unit
}

/** What a metric is called; a key that nothing is known of is shown as it is. */
export const metricName = (key: string, language: Language): string =>
  knownMetric(key)?.description[language] ?? figureOf(key)?.[language] ?? key

/** Metrics in the order of the catalogue, grouped by what comes before the dot. */
export const metricGroups = (): { readonly group: string; readonly metrics: readonly Metric[] }[] =>
  [...Map.groupBy<string, Metric>(HOST_METRICS, ({ key }) => key.split('.')[0] ?? key)].map(
    ([group, metrics]) => ({
      group,
      metrics,
    }),
  )

/** What tells the values of a metric apart; undefined when it has one value per host. */
export const dimensionOf = (key: string): Metric['dimension'] => knownMetric(key)?.dimension
