// The storage for people: relations, jobs, the disk, then what is wrong.

import { isLow, LOW_SHARE } from '@secumon/projections/storage/disk-space'
import type { JobStatus } from '@secumon/projections/storage/queries/jobs'
import type { RelationStatus } from '@secumon/projections/storage/queries/relations'
import type { StorageStatus } from '@secumon/projections/storage/queries/status'
import { coloured } from './colour.ts'
import { age, bytes, count, number, percent } from './figures.ts'
import { table } from './table.ts'

const DETAIL_CHARS = 60

/** Colours where the output is a terminal that wants them. */
export const renderStorage = (status: StorageStatus, problems: readonly string[], nowMs: number): string =>
  [
    coloured('bold', status.database),
    ...titled(
      [
        'RELATION',
        'SIZE',
        'ROWS',
        'BYTES/VALUE',
        'OLDEST',
        'NEWEST',
        'KEPT FROM',
        'MADE UP TO',
        'TO MAKE',
        'LATE',
      ],
      status.relations.map((relation) => relationRow(relation, nowMs)),
    ),
    ...titled(
      ['JOB', 'SCHEDULE', 'STATE', 'LAST RUN', 'TOOK', 'NEXT RUN', 'OF', 'DETAIL'],
      status.jobs.map((job) => jobRow(job, nowMs)),
    ),
    '',
    ...diskLines(status),
    '',
    ...(problems.length === 0
      ? [coloured('green', 'nothing is wrong')]
      : problems.map((line) => `${coloured('red', '!')} ${line}`)),
  ].join('\n')

function titled(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [title = '', ...lines] = table(heading, rows)
  return ['', coloured('bold', title), ...lines]
}

const relationRow = (relation: RelationStatus, nowMs: number): string[] => [
  `${relation.schema}.${relation.name}`,
  bytes(relation.bytes),
  number(relation.rows),
  relation.bytesPerValue === null ? '-' : relation.bytesPerValue.toFixed(1),
  ago(relation.oldestMs, nowMs),
  ago(relation.newestMs, nowMs),
  relation.floorMs === null ? '-' : new Date(relation.floorMs).toISOString().slice(0, 10),
  ago(relation.untilMs, nowMs),
  orDash(relation.dirty),
  orDash(relation.lateRows),
]

const jobRow = (job: JobStatus, nowMs: number): string[] => [
  job.name,
  job.schedule,
  job.failures > 0 ? `${job.state} ×${job.failures}` : job.state,
  ago(job.lastRunMs, nowMs),
  job.lastDurationMs === null ? '-' : age(job.lastDurationMs),
  inTime((job.nextRunMs ?? nowMs) - nowMs),
  job.owner,
  (job.detail ?? '').replaceAll(/\s+/g, ' ').slice(0, DETAIL_CHARS),
]

const ago = (ms: number | null, nowMs: number): string => (ms === null ? '-' : `${age(nowMs - ms)} ago`)

const inTime = (ms: number): string => (ms <= 0 ? 'now' : `in ${age(ms)}`)

const orDash = (value: number): string => (value === 0 ? '-' : number(value))

function diskLines({ disk, growth }: StorageStatus): string[] {
  const space = disk?.space
  const room = space
    ? `${bytes(space.freeBytes)} of ${bytes(space.totalBytes)} free (${percent(space.freeBytes / space.totalBytes)})`
    : 'how much room it has is not known: set SECUMON_DATABASE_DISK_GB'
  const { bytesPerDay, daysLeft } = growth
  const grows =
    bytesPerDay === null
      ? 'known after a day'
      : `${bytesPerDay < 0 ? '-' : ''}${bytes(Math.abs(bytesPerDay))} a day`
  return [
    `disk      ${room}`,
    `grows     ${grows}`,
    `lasts     ${lasts(daysLeft)}`,
    ...(space && isLow(space)
      ? [`          below ${percent(LOW_SHARE)} free the oldest days go before their time`]
      : []),
  ]
}

function lasts(daysLeft: StorageStatus['growth']['daysLeft']): string {
  if (daysLeft === null) return 'not known'
  return daysLeft === 'stable' ? 'stable: what is dropped balances what comes' : count(daysLeft, 'day')
}
