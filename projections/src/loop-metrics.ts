// What the project loop says of itself to Prometheus, by projection and stream.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const LABELS = ['projection', 'stream'] as const
type Label = (typeof LABELS)[number]

export type LoopMetrics = {
  readonly facts: Counter.Internal
  readonly batches: Counter.Internal
  readonly batchSeconds: Histogram.Internal<Label>
  readonly visibleSeconds: Histogram.Internal<Label>
  readonly lagSeconds: Gauge.Internal<Label>
  readonly backlog: Gauge.Internal<Label>
  readonly seen: Counter.Internal
  readonly forked: Counter.Internal
  readonly holes: Counter.Internal
  readonly deadLetters: Counter.Internal
  readonly failures: Counter.Internal
  readonly rollbacks: Counter.Internal
}

/** The loop's instruments in the registry; loops that share it share them. */
export function loopMetrics(registry: Registry, labels: Record<Label, string>): LoopMetrics {
  const counter = (name: string, help: string) =>
    existing(registry, name, Counter<Label>, () => newCounter(registry, name, help)).labels(labels)
  const gauge = (name: string, help: string) =>
    existing(registry, name, Gauge<Label>, () => newGauge(registry, name, help)).labels(labels)
  return {
    facts: counter('facts_total', 'Facts given to the projector and committed'),
    batches: counter('batches_total', 'Transactions committed'),
    batchSeconds: existing(registry, 'batch_seconds', Histogram<Label>, () =>
      newBatchSeconds(registry),
    ).labels(labels),
    visibleSeconds: existing(registry, 'visible_seconds', Histogram<Label>, () =>
      newVisibleSeconds(registry),
    ).labels(labels),
    lagSeconds: gauge('lag_seconds', 'Age of the newest fact when it became visible'),
    backlog: gauge('backlog_messages', 'Messages in the log that are not committed yet'),
    seen: counter('seen_total', 'Facts skipped because they were taken before'),
    forked: counter('forked_total', 'Records that differ from the one taken at their place'),
    holes: counter('holes_total', 'Places where the log lacked what must have been there'),
    deadLetters: counter('dead_letters_total', 'Messages that could not be taken'),
    failures: counter('failures_total', 'Times the loop had to start again'),
    rollbacks: counter('rollbacks_total', 'Times the log was found rolled back behind the checkpoint'),
  }
}

const fullName = (name: string): string => `secumon_projections_${name}`

function existing<Metric extends object>(
  registry: Registry,
  name: string,
  kind: new (...args: never[]) => Metric,
  make: () => Metric,
): Metric {
  const known = registry.getSingleMetric(fullName(name))
  return known instanceof kind ? known : make()
}

const newCounter = (registry: Registry, name: string, help: string): Counter<Label> =>
  new Counter({ name: fullName(name), help, labelNames: LABELS, registers: [registry] })

const newGauge = (registry: Registry, name: string, help: string): Gauge<Label> =>
  new Gauge({ name: fullName(name), help, labelNames: LABELS, registers: [registry] })

const newBatchSeconds = (registry: Registry): Histogram<Label> =>
  new Histogram({
    name: fullName('batch_seconds'),
    help: 'Time of one transaction, from its first statement to its commit',
    labelNames: LABELS,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })

/** Of each batch the frame that waited longest: what a quantile of it says holds for every frame. */
const newVisibleSeconds = (registry: Registry): Histogram<Label> =>
  new Histogram({
    name: fullName('visible_seconds'),
    help: 'From the arrival of the frame that waited longest in a batch to its rows being visible',
    labelNames: LABELS,
    buckets: [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 5, 10, 60],
    registers: [registry],
  })
