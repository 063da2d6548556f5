// The figures that rules about the platform are judged by: those of `secumon status`, as single numbers. Pure.

import { ARCHIVE } from '@secumon/projections/archive/archive-key'
import type { PlatformStatus } from './status/platform-status.ts'

type Figured = Pick<PlatformStatus, 'lags' | 'holes' | 'deadLetters' | 'streams'>

/** By the name of the metric in a platform condition. */
export function platformFigures({ lags, holes, deadLetters, streams }: Figured): ReadonlyMap<string, number> {
  const isArchive = ({ projection }: { readonly projection: string }): boolean =>
    projection === ARCHIVE.projection
  const fills = streams.map(({ bytes, maxBytes }) => (maxBytes > 0 ? (100 * bytes) / maxBytes : 0))
  return new Map([
    ['lag_seconds', worstSeconds(lags.filter((lag) => !isArchive(lag)))],
    ['archive_lag_seconds', worstSeconds(lags.filter(isArchive))],
    ['holes', sum(holes)],
    ['dead_letters', sum(deadLetters)],
    ['log_fill_percent', Math.max(0, ...fills)],
  ])
}

const worstSeconds = (lags: Figured['lags']): number => Math.max(0, ...lags.map(({ lagMs }) => lagMs)) / 1_000

const sum = (counts: Figured['holes']): number => counts.reduce((total, { count }) => total + count, 0)
