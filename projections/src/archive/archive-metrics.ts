// What the archiver says of itself to Prometheus.

import type { SegmentKind } from '@secumon/infra/archive/archive'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ArchiverState } from './archiver-state.ts'

export type ArchiveMetrics = {
  readonly records: Counter<'kind'>
  readonly bytes: Counter<'kind'>
  readonly flushSeconds: Histogram
  readonly writeSeconds: Histogram
  readonly position: Gauge<'stream'>
  readonly backlog: Gauge<'stream'>
  readonly seen: Counter
  readonly holes: Counter
  readonly deadLetters: Counter
  readonly failures: Counter
  readonly rollbacks: Counter
  readonly adopted: Counter
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Registers once for each registry. */
export function archiveMetrics(registry: Registry, state: ArchiverState): ArchiveMetrics {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name: full(name), help, registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name: full(name), help, buckets: SECONDS, registers })
  const byStream = (name: string, help: string) =>
    new Gauge({ name: full(name), help, labelNames: ['stream'] as const, registers })
  const byKind = (name: string, help: string) =>
    new Counter({ name: full(name), help, labelNames: ['kind'] as const, registers })
  gaugeOf(
    registry,
    'lag_seconds',
    'Age of the oldest record that has been read and is not archived',
    () => state.lagMs() / 1_000,
  )
  gaugeOf(registry, 'full', '1 while the archive has no room on its disk', () => Number(state.isFull))
  return {
    records: byKind('records_total', 'Records archived'),
    bytes: byKind('bytes_total', 'Bytes of their payloads'),
    flushSeconds: histogram('flush_seconds', 'From a flush being due to its commit'),
    writeSeconds: histogram('write_seconds', 'Of it, until every byte was on the disk'),
    position: byStream('position', 'Position of the log up to which everything is archived'),
    backlog: byStream('backlog_messages', 'Messages of the log that are not archived yet'),
    seen: counter('seen_total', 'Records skipped because they were archived before'),
    holes: counter('holes_total', 'Places where the log lacked what must have been there'),
    deadLetters: counter('dead_letters_total', 'Records archived without being understood'),
    failures: counter('failures_total', 'Times the archiver had to start again'),
    rollbacks: counter('rollbacks_total', 'Times the log was found rolled back behind the archive'),
    adopted: counter(
      'adopted_total',
      'Chains taken over from the archive because the database did not know them',
    ),
  }
}

export const countRecord = (
  { records, bytes }: ArchiveMetrics,
  { kind, payload }: { readonly kind: SegmentKind; readonly payload: Uint8Array },
): void => {
  records.inc({ kind })
  bytes.inc({ kind }, payload.length)
}

const full = (name: string): string => `secumon_archive_${name}`

function gaugeOf(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: full(name),
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
