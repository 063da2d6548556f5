// What the platform says of itself with its ticks, for rules about it.

import type { Unit } from '@secumon/contracts/metrics'

export type PlatformMetric = {
  readonly key: string
  readonly unit: Unit
  readonly description: { readonly en: string; readonly fr: string }
}

// prettier-ignore
export const PLATFORM_METRICS = [
  { key: 'lag_seconds', unit: 'seconds', description: { en: 'Age of the oldest message that a projection has not taken', fr: 'Âge du plus ancien message qu’une projection n’a pas pris' } },
  { key: 'holes', unit: 'count', description: { en: 'Holes found in chains in the last 24 hours', fr: 'Trous trouvés dans les chaînes pendant les dernières 24 heures' } },
  { key: 'dead_letters', unit: 'count', description: { en: 'Messages that could not be projected', fr: 'Messages qui n’ont pas pu être projetés' } },
  { key: 'archive_lag_seconds', unit: 'seconds', description: { en: 'Age of the oldest message that is not archived', fr: 'Âge du plus ancien message non archivé' } },
  { key: 'log_fill_percent', unit: 'percent', description: { en: 'Fill of the fullest stream of the log', fr: 'Remplissage du flux du journal le plus plein' } },
  { key: 'disk_fill_percent', unit: 'percent', description: { en: 'Fill of the disk of the database', fr: 'Remplissage du disque de la base de données' } },
] as const satisfies readonly PlatformMetric[]

export type PlatformMetricKey = (typeof PLATFORM_METRICS)[number]['key']

/** The entry, or undefined when the platform says no such thing. */
export const platformMetricOf = (key: string): PlatformMetric | undefined =>
  PLATFORM_METRICS.find((metric) => metric.key === key)
