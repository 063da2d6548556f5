// What the log keeper tells about the streams.

import { Counter, Gauge, type Registry } from 'prom-client'
import type { PurgeReport } from './purge.ts'

export type KeeperMetrics = {
  purged(report: PurgeReport): void
  fill(stream: string, size: { bytes: number; maxBytes: number }): void
}

/** Registers the keeper's metrics. */
export function keeperMetrics(registry: Registry): KeeperMetrics {
  const registers = [registry]
  const bytes = new Gauge({
    name: 'secumon_infra_stream_bytes',
    help: 'Bytes a stream of the log holds',
    labelNames: ['stream'],
    registers,
  })
  const limit = new Gauge({
    name: 'secumon_infra_stream_limit_bytes',
    help: 'Bytes a stream of the log may hold; beyond, agents wait',
    labelNames: ['stream'],
    registers,
  })
  const purged = new Counter({
    name: 'secumon_infra_purged_messages_total',
    help: 'Messages removed from the log after everybody had taken them',
    registers,
  })
  return {
    purged: (report) => purged.inc(report.purged),
    fill: (stream, size) => {
      bytes.set({ stream }, size.bytes)
      limit.set({ stream }, size.maxBytes)
    },
  }
}
