// The storage of a platform that has run for a while, for developing its screen. What is set is forgotten with the process.

import type { Retention, Storage, StorageJob, StoredRelation } from '../src/lib/storage-types.ts'

const DAY = 86_400_000
const GIB = 2 ** 30
const AS_PLATFORM = { raw: null, rollup_5min: null, rollup_1hour: null, logs: null }
let kept: Retention['kept'] = AS_PLATFORM
let changed: Retention['changed'] = null

const nightMs = (): number => (Math.floor(Date.now() / DAY) + 1) * DAY + DAY / 6
const daysAgo = (days: number): number => (Math.floor(Date.now() / DAY) - days) * DAY

const retention = (): Retention => ({
  kept,
  version: 0,
  platform: { raw: 30, rollup_5min: 90, rollup_1hour: 365, logs: 30 },
  fewest_raw_days: 5,
  begins: { raw: daysAgo(30), rollup_5min: daysAgo(90), rollup_1hour: daysAgo(214), logs: daysAgo(30) },
  unknown: [],
  runs_at: nightMs(),
  changed,
})

const job = (name: string, about: string, given: Partial<StorageJob> = {}): StorageJob => ({
  name,
  about,
  schedule: 'daily at 04:00 UTC',
  state: 'waiting',
  last_run: nightMs() - DAY,
  last_duration_ms: 8_400,
  last_ok: nightMs() - DAY,
  next_run: nightMs(),
  failures: 0,
  detail: null,
  owner: 'secumon',
  deletes: false,
  ...given,
})

// `roll-up` is at work for ten seconds of each minute.
function jobs(): StorageJob[] {
  const minute = Math.floor(Date.now() / 60_000) * 60_000
  const isRunning = Date.now() - minute < 10_000
  return [
    job('retention', 'drops samples and rollups past their retention', {
      deletes: true,
      detail: 'dropped metrics of a day',
    }),
    job('log-retention', 'drops log lines past their retention', {
      deletes: true,
      state: 'failed',
      failures: 3,
      detail: 'canceling statement due to lock timeout',
      next_run: Date.now() + 240_000,
    }),
    job('alert-retention', 'removes alerts, incidents and messages that were over a year ago', {
      deletes: true,
    }),
    job(
      'disk-room',
      "looks how much room the database's disk has, and drops the oldest days before it is full",
      {
        schedule: 'every 1 min',
        deletes: true,
        last_run: minute + 2_000,
        last_duration_ms: 12,
        next_run: minute + 62_000,
      },
    ),
    job('measure-storage', 'measures how large everything is, to say how long the disk lasts', {
      schedule: 'every 1 h',
      last_duration_ms: 640,
      last_run: minute - 1_500_000,
      next_run: minute + 2_100_000,
    }),
    job('pack-closed-days', 'packs the samples of days that are over', { last_duration_ms: 74_000 }),
    job('tenant-retention', 'deletes what tenants keep for less time than the platform does', {
      deletes: true,
    }),
    job('roll-up', 'makes the rollups of the last minutes', {
      schedule: 'every 1 min',
      state: isRunning ? 'running' : 'waiting',
      last_run: minute,
      last_ok: minute,
      next_run: minute + 60_000,
      detail: '1 min rolled up',
    }),
  ]
}

const relation = (name: string, keptDays: number, gib: number): StoredRelation => ({
  schema: name === 'logs' ? 'logs_1' : 'samples_3',
  name,
  form: 'partitioned',
  kept_days: keptDays,
  bytes: gib * GIB,
  rows: Math.round(gib * 9e6),
  bytes_per_value: name.endsWith('_packed') ? 3.1 : 21.4,
  oldest: daysAgo(keptDays),
  newest: Date.now(),
  floor: daysAgo(keptDays),
  until: name.includes('_1hour') ? Date.now() - 1_800_000 : null,
  dirty: name === 'metrics_1hour' ? 4 : 0,
  late_rows: 0,
})

const status = (): Storage => ({
  edition: 'plain',
  offered: 'plain',
  database: 'PostgreSQL 18.4 without TimescaleDB',
  relations: [
    relation('metrics', 30, 2.1),
    relation('metrics_packed', 30, 4.6),
    relation('disk_metrics', 30, 1.4),
    relation('network_metrics', 30, 0.9),
    relation('process_metrics', 30, 3.8),
    relation('logs', 30, 6.2),
    relation('metrics_5min', 90, 1.2),
    relation('metrics_1hour', 365, 0.4),
  ],
  jobs: jobs(),
  disk: { free_bytes: 71 * GIB, total_bytes: 120 * GIB, low: false, at: Date.now() },
  growth: { bytes_per_day: 0.4 * GIB, days_left: 162, stable: false },
})

/** What the API answers; undefined for another path. */
export function storageAnswer(path: string, body: Record<string, unknown>): unknown {
  if (path === '/storage/status') return status()
  if (path === '/storage/jobs') return { jobs: jobs() }
  if (path.startsWith('/storage/jobs/')) return jobs().find(({ name }) => path.includes(`/${name}/`))
  if (path !== '/storage/retention') return undefined
  if ('raw' in body) {
    changed = { at: Date.now(), by: { kind: 'user', id: 'u1', name: 'admin' }, before: kept }
    kept = { ...AS_PLATFORM, ...body }
  }
  return retention()
}
