// Metrics as people read them: the catalogue's words and the unit in which a rule's threshold is said.

import { METRICS, metricOf, type Metric, type Unit } from '@secumon/contracts/metrics'
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

/** The unit in which values of a metric are told; a delta's is its rate per second. */
export function metricUnit(key: string): DisplayUnit {
  const metric: Metric | undefined = metricOf(key)
  if (!metric) return figureOf(key)?.unit ?? 'count'
  return metric.kind === 'delta' ? RATES[metric.unit] : metric.unit
}

/** The catalogue's name; a key that is in none is shown as it is. */
export const metricName = (key: string, language: Language): string =>
  metricOf(key)?.description[language] ?? figureOf(key)?.[language] ?? key

/** Metrics in the order of the catalogue, grouped by what comes before the dot. */
export const metricGroups = (): { readonly group: string; readonly metrics: readonly Metric[] }[] =>
  [...Map.groupBy<string, Metric>(METRICS, ({ key }) => key.split('.')[0] ?? key)].map(
    ([group, metrics]) => ({
      group,
      metrics,
    }),
  )

/** What tells the values of a metric apart; undefined when it has one value per host. */
export const dimensionOf = (key: string): Metric['dimension'] =>
  (metricOf(key) as Metric | undefined)?.dimension
