// What reconcile tells about what it found.

import { Counter, type Registry } from 'prom-client'
import type { LogReport } from './reconcile-log.ts'

export type ReconcileMetrics = { count(report: LogReport): void }

/** Registers the metrics of reconcile. */
export function reconcileMetrics(registry: Registry): ReconcileMetrics {
  const counter = (name: string, help: string) =>
    new Counter({ name: `secumon_infra_${name}_total`, help, registers: [registry] })
  const counters = {
    restored: counter(
      'events_restored',
      'Domain events published again from the archive because the log had lost them',
    ),
    recovered: counter(
      'events_recovered',
      'Domain events put back into the database from the archive because it had lost them',
    ),
    forked: counter('aggregates_forked', 'Aggregates found with different envelopes in log and archive'),
    behind: counter('lanes_behind', 'Lanes whose log was found behind the archive'),
    republished: counter(
      'frames_restored',
      'Records of lanes published again from the archive because the log had lost them',
    ),
    incomplete: counter('lanes_incomplete', 'Lanes restored with a hole: their tables need a rebuild'),
    forkedLanes: counter('lanes_forked', 'Lanes found with different records in log and archive'),
  }
  return {
    count: (report) => {
      for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name].inc(report[name])
    },
  }
}
