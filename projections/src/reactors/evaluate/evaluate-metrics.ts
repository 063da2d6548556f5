// What the evaluators say of themselves to Prometheus, by shard.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type EvaluateMetrics = {
  readonly decisions: Counter.Internal
  readonly refused: Counter.Internal
  readonly malformed: Counter.Internal
  readonly activations: Counter.Internal
  readonly mismatches: Counter.Internal
  readonly rollbacks: Counter.Internal
  readonly missed: Counter.Internal
  readonly queued: Gauge.Internal<'shard'>
  readonly warming: Gauge.Internal<'shard'>
  readonly position: Gauge.Internal<'shard'>
  readonly decidedSeconds: Histogram.Internal<'shard'>
}

/** Instruments of all shards; `of` gives those of one. */
export function evaluateMetrics(registry: Registry): { of(shard: number): EvaluateMetrics } {
  const common = { labelNames: ['shard'] as const, registers: [registry] }
  const named = (name: string, help: string) => ({ ...common, name: `secumon_evaluate_${name}`, help })
  const counters = {
    decisions: new Counter(named('decisions_total', 'Decisions that are in the log')),
    refused: new Counter(named('refused_total', 'Decisions that an alert refused')),
    malformed: new Counter(named('malformed_total', 'Messages that say nothing')),
    activations: new Counter(named('activations_total', 'Sets of rules put in force')),
    mismatches: new Counter(named('mismatches_total', 'Sets of rules that are not what was activated')),
    rollbacks: new Counter(named('rollbacks_total', 'Times the log was found rolled back')),
    missed: new Counter(named('missed_total', 'Messages that the log let go of before they were judged')),
  }
  const gauges = {
    queued: new Gauge(named('queued', 'Decisions on their way into the log')),
    warming: new Gauge(named('warming', '1 while the state is being built from the log')),
    position: new Gauge(named('position', 'The newest message that was judged')),
  }
  const decidedSeconds = new Histogram({
    ...named('decided_seconds', 'From the arrival of a frame to its decision being in the log'),
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
  })
  return {
    of(shard) {
      const labels = { shard: String(shard) }
      return {
        decisions: counters.decisions.labels(labels),
        refused: counters.refused.labels(labels),
        malformed: counters.malformed.labels(labels),
        activations: counters.activations.labels(labels),
        mismatches: counters.mismatches.labels(labels),
        rollbacks: counters.rollbacks.labels(labels),
        missed: counters.missed.labels(labels),
        queued: gauges.queued.labels(labels),
        warming: gauges.warming.labels(labels),
        position: gauges.position.labels(labels),
        decidedSeconds: decidedSeconds.labels(labels),
      }
    },
  }
}
