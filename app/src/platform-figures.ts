// The figures that rules about the platform are judged by: those of `secumon status`, as single numbers. Pure.

import type { PlatformMetricKey } from '@secumon/domain/rule/platform-metrics'
import { ARCHIVE } from '@secumon/projections/archive/archive-key'
import type { PlatformStatus } from './status/platform-status.ts'

type Figured = Pick<PlatformStatus, 'lags' | 'holes' | 'deadLetters' | 'streams' | 'storage'>

/** All that a platform condition can ask for. */
export type PlatformFigures = Readonly<Record<PlatformMetricKey, number>>

/** By the name of the metric in a platform condition. */
export function platformFigures({ lags, holes, deadLetters, streams, storage }: Figured): PlatformFigures {
  const isArchive = ({ projection }: { readonly projection: string }): boolean =>
    projection === ARCHIVE.projection
  const fills = streams.map(({ bytes, maxBytes }) => (maxBytes > 0 ? (100 * bytes) / maxBytes : 0))
  return {
    lag_seconds: worstSeconds(lags.filter((lag) => !isArchive(lag))),
    archive_lag_seconds: worstSeconds(lags.filter(isArchive)),
    holes: sum(holes),
    dead_letters: sum(deadLetters),
    log_fill_percent: Math.max(0, ...fills),
    disk_fill_percent: diskFill(storage),
  }
}

// Of a disk that nobody can look at nothing is said.
function diskFill({ disk }: Figured['storage']): number {
  const { space = null } = disk ?? {}
  return space ? 100 - (100 * space.freeBytes) / space.totalBytes : 0
}

const worstSeconds = (lags: Figured['lags']): number => Math.max(0, ...lags.map(({ lagMs }) => lagMs)) / 1_000

const sum = (counts: Figured['holes']): number => counts.reduce((total, { count }) => total + count, 0)
