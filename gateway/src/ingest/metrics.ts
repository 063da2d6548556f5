// What the ingest service counts.

import type { LaneName } from '@secumon/contracts/lanes'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Why a message was bad. */
export type BadReason =
  | 'malformed'
  | 'too_large'
  | 'signature'
  | 'tenant'
  | 'agent'
  | 'lane'
  | 'no_progress'
  | 'unexpected'
  | 'epoch_flood'

/** Why a stream was closed by the gateway. */
export type CloseReason =
  'hostile' | 'unparsable' | 're_enrol' | 'taken_over' | 'not_opened' | 'stopping' | 'rebalance' | 'failed'

export type IngestMetrics = ReturnType<typeof ingestMetrics>

export type Gauges = {
  readonly streams: () => number
  readonly inFlight: () => number
  readonly queuedBytes: () => number
  readonly identities: () => number
}

/** Registers the metrics of one ingest service. Counters met on every frame are bound to their labels once. */
export function ingestMetrics(registry: Registry, gauges: Gauges) {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `secumon_gateway_ingest_${name}`, help, labelNames, registers })
  const frames = counter('records_total', 'Frames and gaps appended to the log', ['lane'])
  const bytes = counter('bytes_total', 'Signed bytes appended to the log', ['lane'])
  const verified = counter('verifications_total', 'Signatures checked', ['where'])
  registerGauges(gauges, registers)
  return {
    frames: byLane((lane) => frames.labels(lane)),
    bytes: byLane((lane) => bytes.labels(lane)),
    verifiedInPlace: verified.labels('loop'),
    verifiedInPool: verified.labels('pool'),
    refusals: counter('refusals_total', 'Refusals sent', ['kind']),
    bad: counter('bad_messages_total', 'Messages that no honest agent sends', ['reason']),
    closed: counter('closed_streams_total', 'Streams the gateway closed', ['reason']),
    conflicts: counter('conflicts_total', 'Appends fenced off by another writer'),
    appendSeconds: new Histogram({
      name: 'secumon_gateway_ingest_append_seconds',
      help: 'From publish to the log’s answer',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
  }
}

function registerGauges(gauges: Gauges, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `secumon_gateway_ingest_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('streams', 'Open streams', gauges.streams)
  gauge('in_flight', 'Publishes the log has not acknowledged', gauges.inFlight)
  gauge('queued_bytes', 'Bytes of records taken and not settled', gauges.queuedBytes)
  gauge('identities', 'Identities known', gauges.identities)
}

const byLane = <T>(make: (lane: LaneName) => T): Record<LaneName, T> => ({
  telemetry: make('telemetry'),
  logs: make('logs'),
})
