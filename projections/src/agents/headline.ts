// The few values that stand for a host in lists and rankings, from its newest observations.

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
