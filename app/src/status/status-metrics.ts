// The same figures for Prometheus: read when somebody asks, so that they are of that moment.

import type { Clock } from '@secumon/domain/clock'
import type { StorageSummary } from '@secumon/projections/storage/queries/summary'
import { Gauge, type Registry } from 'prom-client'
import { platformStatus, type PlatformStatus, type StatusParts } from './platform-status.ts'

/** Gauges of one reading ask once. */
const FRESH_MS = 1_000

export type StatusMetricsDeps = Omit<StatusParts, 'nowMs' | 'reconciled'> & {
  readonly clock: Clock
  readonly registry: Registry
}

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }
type Figure = {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: (status: PlatformStatus) => readonly Sample[]
}

const FIGURES: readonly Figure[] = [
  {
    name: 'backlog_messages',
    help: 'Messages of the log that a projection, or the archive, has not taken',
    labels: ['projection', 'stream'],
    samples: ({ lags }) =>
      lags.map(({ projection, stream, backlog }) => ({ labels: { projection, stream }, value: backlog })),
  },
  {
    name: 'oldest_untaken_seconds',
    help: 'Age of the oldest of them; of projection "archive": of what agents still have to keep',
    labels: ['projection', 'stream'],
    samples: ({ lags }) =>
      lags.map(({ projection, stream, lagMs }) => ({
        labels: { projection, stream },
        value: lagMs / 1_000,
      })),
  },
  {
    name: 'stream_messages',
    help: 'Messages a stream of the log holds',
    labels: ['stream'],
    samples: ({ streams }) =>
      streams.map(({ stream, messages }) => ({ labels: { stream }, value: messages })),
  },
  {
    name: 'dead_letters',
    help: 'Messages a projection could not take',
    labels: ['projection'],
    samples: ({ deadLetters }) => ofProjections(deadLetters),
  },
  {
    name: 'holes',
    help: 'Places of the last day where the log lacked what must have been there',
    labels: ['projection'],
    samples: ({ holes }) => ofProjections(holes),
  },
  {
    name: 'forks',
    help: 'Lanes and aggregates of which log and archive hold different records',
    labels: [],
    samples: ({ forks }) => [{ labels: {}, value: forks }],
  },
  {
    name: 'lease_held',
    help: '1 while somebody holds the lease',
    labels: ['lease'],
    samples: ({ leases }) =>
      leases.map(({ name, held }) => ({ labels: { lease: name }, value: Number(held) })),
  },
  {
    name: 'rollup_lag_seconds',
    help: 'Age of the oldest whole bucket of a rollup that is not made',
    labels: ['relation'],
    samples: ({ storage }) =>
      storage.rollups.map(({ relation, lagMs }) => ({ labels: { relation }, value: lagMs / 1_000 })),
  },
  {
    name: 'rollup_dirty_buckets',
    help: 'Buckets of a rollup that got rows after they were made, and have yet to be made again',
    labels: ['relation'],
    samples: ({ storage }) =>
      storage.rollups.map(({ relation, dirty }) => ({ labels: { relation }, value: dirty })),
  },
  {
    name: 'job_failures',
    help: 'How often a job of the storage has failed, one time after the other',
    labels: ['job'],
    samples: ({ storage }) =>
      storage.jobs.map(({ name, failures }) => ({ labels: { job: name }, value: failures })),
  },
  {
    name: 'disk_free_bytes',
    help: 'What is free on a disk, where that is known',
    labels: ['disk'],
    samples: ({ storage }) => ofDisk(storage),
  },
  {
    name: 'disk_days_left',
    help: 'In how many days a disk is full; absent while deletions balance what comes',
    labels: ['disk'],
    samples: ({ storage }) => ofGrowth(storage),
  },
]

// Without a label a gauge that was not set would say 0.
const DATABASE = { disk: 'database' }

const ofDisk = ({ disk }: StorageSummary): Sample[] =>
  disk?.space ? [{ labels: DATABASE, value: disk.space.freeBytes }] : []

// Where deletions balance what comes, no number of days says it.
const ofGrowth = ({ growth }: StorageSummary): Sample[] =>
  typeof growth.daysLeft === 'number' ? [{ labels: DATABASE, value: growth.daysLeft }] : []

const ofProjections = (counts: PlatformStatus['holes']): Sample[] =>
  counts.map(({ projection, count }) => ({ labels: { projection }, value: count }))

/** Registers them. While database or log do not answer they have no values. */
export function registerStatusMetrics(deps: StatusMetricsDeps): void {
  const fresh = remembered(deps)
  for (const { name, help, labels, samples } of FIGURES)
    new Gauge({
      name: `secumon_platform_${name}`,
      help,
      labelNames: labels,
      registers: [deps.registry],
      async collect() {
        const status = await fresh()
        this.reset()
        for (const sample of status ? samples(status) : []) this.set(sample.labels, sample.value)
      },
    })
}

function remembered(deps: StatusMetricsDeps): () => Promise<PlatformStatus | undefined> {
  let asked: { readonly atMs: number; readonly answer: Promise<PlatformStatus | undefined> } | undefined
  return () => {
    const atMs = deps.clock.monotonicMs()
    if (asked && atMs - asked.atMs < FRESH_MS) return asked.answer
    const answer = platformStatus({ ...deps, reconciled: true, nowMs: deps.clock.nowMs() })
    asked = { atMs, answer: answer.catch(() => undefined) }
    return asked.answer
  }
}
