// One attempt at a job: begun and ended in its row, told in the log when something about it changed.

import type { Database } from '@secumon/infra/database/database'
import { endJob, startJob, type Attempt, type JobRow } from './job-rows.ts'
import { nextRunMs, retryAfterMs, type DailyAt } from './schedule.ts'
import { NotYet, type JobContext, type StorageJob } from './storage-job.ts'

/** While it waits for something else to be done. */
const NOT_YET_MS = 60_000

export type Run = {
  readonly job: StorageJob
  /** As it was before. */
  readonly row: JobRow
  readonly context: JobContext
  /** Where the row is written: not among the connections that the job may use up. */
  readonly control: Database
  readonly at: DailyAt
}

/** @throws what the database throws when the row cannot be written; never what the job throws */
export async function runJob({ job, row, context, control, at }: Run): Promise<void> {
  const { clock } = context
  const startedAtMs = clock.nowMs()
  await startJob(control, job.name, startedAtMs)
  const attempt = await attempted(job, context)
  const nowMs = clock.nowMs()
  const failures = failuresAfter(attempt, row)
  const nextAtMs = nextAfter({ job, attempt, failures, nowMs, at })
  await endJob(control, { ...attempt, name: job.name, startedAtMs, nowMs, nextAtMs, failures })
  tell(context, { name: job.name, row, attempt, tookMs: nowMs - startedAtMs })
}

async function attempted(job: StorageJob, context: JobContext): Promise<Attempt> {
  try {
    const detail = await job.run(context)
    return context.signal.aborted ? STOPPED : { outcome: 'done', detail }
  } catch (error) {
    if (context.signal.aborted) return STOPPED
    if (error instanceof NotYet) return { outcome: 'not-yet', detail: error.message }
    context.logger.debug({ err: error, job: job.name }, 'the job failed')
    return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}

const failuresAfter = ({ outcome }: Attempt, { failures }: JobRow): number =>
  outcome === 'failed' ? failures + 1 : outcome === 'stopped' ? failures : 0

const STOPPED: Attempt = { outcome: 'stopped', detail: 'stopped before it was done' }

type Next = {
  readonly job: StorageJob
  readonly attempt: Attempt
  readonly failures: number
  readonly nowMs: number
  readonly at: DailyAt
}

function nextAfter({ job, attempt, failures, nowMs, at }: Next): number {
  const bySchedule = nextRunMs(job.schedule, nowMs, at)
  switch (attempt.outcome) {
    case 'done':
      return bySchedule
    case 'stopped':
      return nowMs
    case 'not-yet':
      return Math.min(bySchedule, nowMs + NOT_YET_MS)
    case 'failed':
      return nowMs + retryAfterMs(failures)
  }
}

type Told = {
  readonly name: string
  readonly row: JobRow
  readonly attempt: Attempt
  readonly tookMs: number
}

function tell({ logger }: JobContext, { name, row, attempt, tookMs }: Told): void {
  const { outcome, detail } = attempt
  const said = { job: name, tookMs, ...(detail !== undefined && { detail }) }
  const isNews = row.detail !== detail || row.state !== 'failed'
  if (outcome === 'failed' && isNews) logger.warn(said, 'a job of the storage failed; it is tried again')
  else if (outcome === 'done' && row.state === 'failed') logger.info(said, 'a job of the storage works again')
  else logger.debug(said, `a job of the storage: ${outcome}`)
}
