// Does the jobs of the storage when they are due, each by one process at a time and never twice at once. What is due
// stands in the database: jobs that were missed while nobody ran are done soon after somebody does.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import { whileLeading } from '@secumon/infra/log/lease'
import type { SettledClock } from '@secumon/infra/log/settled-clock'
import { timeSeriesEdition, type TimeSeriesEdition } from '@secumon/migrations/timescale'
import type { Logger } from 'pino'
import { pause } from '../pause.ts'
import type { ReadDisk } from './disk-space.ts'
import { announceJobs, hastenJob, readJobs, type JobRow } from './job-rows.ts'
import { createJobsView } from './jobs-view.ts'
import { JOBS_LEASE } from './jobs-lease.ts'
import type { KeptDays } from './kept-days.ts'
import { writeKeptDays } from './kept-fact.ts'
import { runJob } from './run-job.ts'
import { firstRunMs, latestRunMs, scheduleText, type DailyAt } from './schedule.ts'
import { applicationOf, cancelStatements, endOrphans } from './statements.ts'
import type { StorageJob } from './storage-job.ts'

const LEASE_TTL_MS = 15_000
const LOOK_MS = 1_000
const CANCEL_EVERY_MS = 200
/** A job that does not end although its statements are cancelled is left to itself. */
const STOP_PATIENCE_MS = 8_000
/** A long one must not keep all others from being done; and a small machine has other things to do. */
const AT_ONCE = 3

/** Of jobs at once, one transaction and one query beside it each. */
export const JOBS_POOL_SIZE = AT_ONCE * 2
/** The longest statement: a day of a large fleet, packed on a slow disk. */
export const JOBS_STATEMENT_TIMEOUT_MS = 3_600_000

export type SchedulerOptions = {
  readonly jobs: readonly StorageJob[]
  /** Of the jobs alone. */
  readonly db: Database
  /** For the lease and what is remembered of jobs. */
  readonly control: Database
  readonly clock: Clock
  readonly settled: SettledClock
  readonly kept: KeptDays
  readonly disk: ReadDisk
  /** When daily jobs are due. */
  readonly at: DailyAt
  readonly logger: Logger
  /** How often it is looked for jobs that are due, ms. */
  readonly lookMs?: number
}

/** Starts at once; several processes may do so. Stopping cancels what is being done, within seconds. */
export function startScheduler(options: SchedulerOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const lease = { name: JOBS_LEASE, ttlMs: LEASE_TTL_MS, signal: stopping.signal }
  const { control, logger } = options
  const done = whileLeading({ ...lease, database: control, logger }, ({ signal }) => lead(options, signal))
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

type Term = {
  readonly options: SchedulerOptions
  readonly edition: TimeSeriesEdition
  readonly signal: AbortSignal
  /** What is being done, by name. */
  readonly running: Map<string, Promise<void>>
  /** A row that could not be written ends the term. */
  readonly fail: (error: unknown) => void
}

async function lead(options: SchedulerOptions, leading: AbortSignal): Promise<void> {
  const { db, control, at, clock, logger } = options
  const application = await applicationOf(db)
  const orphans = await endOrphans(control, application)
  if (orphans > 0) logger.info({ orphans }, 'statements of an earlier holder of the jobs were ended')
  const edition = await timeSeriesEdition(control)
  const announced = options.jobs.map(({ name, about, schedule }) => ({
    name,
    about,
    schedule: scheduleText(schedule, at),
    firstAtMs: firstRunMs(schedule, clock.nowMs(), at),
  }))
  await createJobsView(control, logger)
  await writeKeptDays(control, options.kept)
  await announceJobs(control, announced, clock.nowMs())
  const broken = new AbortController()
  const signal = AbortSignal.any([leading, broken.signal])
  const fail = (error: unknown) => broken.abort(error)
  const term: Term = { options, edition, signal, running: new Map(), fail }
  try {
    while (!signal.aborted) {
      await startDue(term)
      await pause(options.lookMs ?? LOOK_MS, signal)
    }
  } finally {
    broken.abort()
    await endRunning(term, application)
  }
  if (!leading.aborted) throw broken.signal.reason
}

async function startDue(term: Term): Promise<void> {
  const { options, running } = term
  const nowMs = options.clock.nowMs()
  const rows = await readJobs(options.control)
  const due: { readonly job: StorageJob; readonly row: JobRow }[] = []
  for (const job of options.jobs) {
    const row = rows.get(job.name)
    if (!row || running.has(job.name)) continue
    const latestMs = latestRunMs(job.schedule, nowMs, options.at)
    if ((row.nextAtMs ?? 0) > latestMs) await hastenJob(options.control, job.name, latestMs)
    else if ((row.nextAtMs ?? 0) <= nowMs) due.push({ job, row })
  }
  due.sort((a, b) => (a.row.nextAtMs ?? 0) - (b.row.nextAtMs ?? 0))
  for (const { job, row } of due.slice(0, AT_ONCE - running.size)) start(term, job, row)
}

function start(term: Term, job: StorageJob, row: JobRow): void {
  const { options, edition, signal, running } = term
  const { db, control, clock, settled, kept, disk, logger, at } = options
  const context = { db, edition, clock, settledMs: settled.nowMs(), kept, disk, logger, signal }
  const run = runJob({ job, row, context, control, at })
    .catch(term.fail)
    .finally(() => running.delete(job.name))
  running.set(job.name, run)
}

async function endRunning({ options, running }: Term, application: string): Promise<void> {
  const deadlineMs = performance.now() + STOP_PATIENCE_MS
  while (running.size > 0 && performance.now() < deadlineMs) {
    await cancelStatements(options.control, application).catch((error: unknown) =>
      options.logger.debug({ err: error }, 'statements of jobs could not be cancelled'),
    )
    await Promise.race([Promise.all(running.values()), pause(CANCEL_EVERY_MS, NEVER)])
  }
  if (running.size > 0)
    options.logger.warn({ jobs: [...running.keys()] }, 'jobs do not end; they are left to themselves')
}

const NEVER = new AbortController().signal
