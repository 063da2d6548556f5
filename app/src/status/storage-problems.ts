// What of the storage is wrong, and what to do about it: one line each. Pure.

import { isLow } from '@secumon/projections/storage/disk-space'
import type { JobStatus } from '@secumon/projections/storage/queries/jobs'
import type { StorageSummary } from '@secumon/projections/storage/queries/summary'
import { age, bytes, count, percent } from './figures.ts'

/** Once may be a restart of the database. */
const FEWEST_FAILURES = 2
const HANGS_MS = 6 * 3_600_000
/** A daily job that is not done in two nights. */
const UNDONE_MS = 50 * 3_600_000
const ROLLUP_BEHIND_MS = 30 * 60_000
/** Time enough to order a disk. */
const FEWEST_DAYS_LEFT = 14

export const storageProblems = (storage: StorageSummary, nowMs: number): string[] => [
  ...diskProblems(storage),
  ...storage.jobs.flatMap((job) => jobProblem(job, nowMs)),
  ...storage.rollups.flatMap(({ relation, lagMs }) =>
    lagMs > ROLLUP_BEHIND_MS ? [`${relation} is ${age(lagMs)} behind: see \`secumon storage status\``] : [],
  ),
]

function diskProblems({ disk, growth }: StorageSummary): string[] {
  const { space = null } = disk ?? {}
  if (space && isLow(space)) {
    const left = `${bytes(space.freeBytes)} (${percent(space.freeBytes / space.totalBytes)}) left`
    return [`the database's disk has ${left}, and the oldest days go before their time: make room`]
  }
  const { daysLeft } = growth
  return typeof daysLeft === 'number' && daysLeft < FEWEST_DAYS_LEFT
    ? [`the database's disk is full in ${count(daysLeft, 'day')}: give it more room, or keep less`]
    : []
}

function jobProblem(job: JobStatus, nowMs: number): string[] {
  const { name, state, failures, lastRunMs, lastOkMs, schedule } = job
  const why = job.detail ?? 'see the log of the role archiver'
  if (state === 'failed' && failures >= FEWEST_FAILURES)
    return [`the job ${name} has failed ${count(failures, 'time')}, and is tried again: ${why}`]
  if (state === 'running' && lastRunMs !== null && nowMs - lastRunMs > HANGS_MS)
    return [
      `the job ${name} has been running for ${age(nowMs - lastRunMs)}: see the log of the role archiver`,
    ]
  if (schedule.startsWith('daily') && lastOkMs !== null && nowMs - lastOkMs > UNDONE_MS)
    return [`the job ${name} was last done ${age(nowMs - lastOkMs)} ago: ${why}`]
  return []
}
