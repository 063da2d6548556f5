// The few values that stand for a host in lists and rankings, from its newest observations.

import type { FrameFact } from '../projector.ts'
import type { FilesystemSamples, NetworkSamples, Observation } from '@secumon/contracts/gen/observation'

export type Headline = {
  readonly cpuPercent: number | null
  readonly memoryPercent: number | null
  /** The fullest file system. */
  readonly diskPercent: number | null
  readonly diskMount: string | null
  readonly load1: number | null
  /** Of all interfaces, over the last interval. */
  readonly receiveBytesPerSecond: number | null
  readonly transmitBytesPerSecond: number | null
  readonly uptimeSeconds: number | null
}

/**
 * What frames in a row say together: of each value the newest there is, however the frames are cut into batches. Earlier
 * ones are looked at only for what later ones lack.
 */
export function newestHeadline(frames: readonly Pick<FrameFact, 'observations'>[]): Headline | undefined {
  let headline: Headline | undefined
  for (const frame of frames.toReversed()) {
    headline = headline ? completed(headline, frame) : headlineOf(frame.observations())
    if (!Object.values(headline).includes(null)) break
  }
  return headline
}

function completed(headline: Headline, frame: Pick<FrameFact, 'observations'>): Headline {
  const earlier = headlineOf(frame.observations())
  const known = Object.entries(headline).filter(([, value]) => value !== null)
  return { ...earlier, ...Object.fromEntries(known) }
}

/** @param observations of one frame, oldest first */
export function headlineOf(observations: readonly Observation[]): Headline {
  const newest = observations.at(-1)
  const host = newest?.host
  return {
    cpuPercent: host?.cpuUsagePercent ?? null,
    memoryPercent: host?.memoryUsagePercent ?? null,
    load1: host?.cpuLoadAvg1 ?? null,
    uptimeSeconds: host?.systemUptimeSeconds ?? null,
    ...fullest(newest?.filesystems),
    ...traffic(newest?.networks, newest?.intervalMs ?? 0),
  }
}

function fullest(filesystems: FilesystemSamples | undefined): Pick<Headline, 'diskPercent' | 'diskMount'> {
  const shares = filesystems?.usagePercent ?? []
  const at = shares.reduce((best, share, i) => (share > (shares[best] ?? -1) ? i : best), 0)
  return { diskPercent: shares[at] ?? null, diskMount: filesystems?.mount[at] ?? null }
}

function traffic(
  networks: NetworkSamples | undefined,
  intervalMs: number,
): Pick<Headline, 'receiveBytesPerSecond' | 'transmitBytesPerSecond'> {
  const rate = (bytes: readonly number[] | undefined): number | null =>
    bytes && intervalMs > 0 ? (bytes.reduce((sum, value) => sum + value, 0) * 1_000) / intervalMs : null
  return {
    receiveBytesPerSecond: rate(networks?.receiveBytes),
    transmitBytesPerSecond: rate(networks?.transmitBytes),
  }
}
