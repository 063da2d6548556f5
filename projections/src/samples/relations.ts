// What can answer a question for values over time: per table, its relations from the finest to the coarsest.

import type { MetricTable } from '@secumon/contracts/metrics'

export type Relation = {
  readonly name: string
  /** Width of what one row stands for, milliseconds; 0 for rows as measured. */
  readonly resolutionMs: number
}

const RELATIONS: Record<MetricTable, readonly [Relation, ...Relation[]]> = {
  metrics: [{ name: 'metrics', resolutionMs: 0 }],
  disk_metrics: [{ name: 'disk_metrics', resolutionMs: 0 }],
  network_metrics: [{ name: 'network_metrics', resolutionMs: 0 }],
  process_metrics: [{ name: 'process_metrics', resolutionMs: 0 }],
}

/** The coarsest relation that still gives about two rows a bucket; the finest where none does. */
export function relationFor(table: MetricTable, stepMs: number): Relation {
  const [finest, ...coarser] = RELATIONS[table]
  return coarser.findLast(({ resolutionMs }) => resolutionMs * 2 <= stepMs) ?? finest
}
