// What telling people costs and comes to, for Prometheus.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type NotifyMetrics = {
  readonly decisions: Counter
  readonly refused: Counter
  readonly deliveries: Counter<'kind' | 'outcome'>
  readonly deliverySeconds: Histogram<'kind'>
  /** From the arrival of the frame that made an alert fire to the first message of it being taken. */
  readonly toldSeconds: Histogram
  readonly sending: Gauge
  readonly warming: Gauge<'part'>
  readonly position: Gauge<'part'>
  readonly failures: Counter
  /** Tenants for whom deciding fails. */
  readonly failing: Gauge<'part'>
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 15, 60]

export function notifyMetrics(registry: Registry): NotifyMetrics {
  const named = (name: string, help: string) => ({
    name: `secumon_notify_${name}`,
    help,
    registers: [registry],
  })
  return {
    decisions: new Counter(
      named('decisions_total', 'Decisions on incidents and messages that are in the log'),
    ),
    refused: new Counter(named('refused_total', 'Decisions that their aggregate refused')),
    deliveries: new Counter({
      ...named('deliveries_total', 'Attempts to send a message, by kind of channel and outcome'),
      labelNames: ['kind', 'outcome'],
    }),
    deliverySeconds: new Histogram({
      ...named('delivery_seconds', 'Time of one attempt'),
      labelNames: ['kind'],
      buckets: SECONDS,
    }),
    toldSeconds: new Histogram({
      ...named('told_seconds', 'From the arrival of the frame that made an alert fire to its first message'),
      buckets: SECONDS,
    }),
    sending: new Gauge(named('sending', 'Messages that wait for their channel or are being sent')),
    warming: new Gauge({
      ...named('warming', '1 while the state is being built from the log'),
      labelNames: ['part'],
    }),
    failures: new Counter(named('failures_total', 'Times that deciding whom of a tenant to tell failed')),
    failing: new Gauge({
      ...named('failing_tenants', 'Tenants for whom deciding whom to tell fails, so that they are not told'),
      labelNames: ['part'],
    }),
    position: new Gauge({
      ...named('position', 'How far a part of the tenants has read EVENTS'),
      labelNames: ['part'],
    }),
  }
}
