// What is remembered of each job, so that a restart neither forgets one that was missed nor repeats one that was done.

import type { Database } from '@secumon/infra/database/database'
import { sql, type QueryExecutorProvider } from 'kysely'
import { retryAfterMs } from './schedule.ts'
import type { StorageJob } from './storage-job.ts'

export type JobRow = {
  readonly name: string
  readonly state: 'waiting' | 'running' | 'failed'
  /** Null: as soon as somebody can. */
  readonly nextAtMs: number | null
  readonly failures: number
  readonly detail: string | null
}

const MAX_DETAIL_CHARS = 500
const ENDED = 'the process that did it ended before it was done'

/** All that there are, by name. @throws what the database throws */
export async function readJobs(db: Database): Promise<ReadonlyMap<string, JobRow>> {
  const rows = await db
    .selectFrom('secumon.jobs')
    .select(['name', 'state', 'next_at as nextAtMs', 'failures', 'detail'])
    .execute()
  return new Map(rows.map((row) => [row.name, row]))
}

export type Announced = Pick<StorageJob, 'name' | 'about'> & {
  readonly schedule: string
  /** When one that is new is due; null: as soon as somebody can. */
  readonly firstAtMs: number | null
}

/**
 * Makes the table show these jobs and no others. Those that somebody who is gone was doing have failed: one that ends
 * its process each time must not do so for ever.
 */
export async function announceJobs(db: Database, jobs: readonly Announced[], nowMs: number): Promise<void> {
  const names = jobs.map(({ name }) => name)
  await db.transaction().execute(async (tx) => {
    await sql`delete from secumon.jobs where name <> all(${names})`.execute(tx)
    for (const { firstAtMs, ...job } of jobs) {
      const next_at = firstAtMs === null ? null : new Date(firstAtMs)
      await tx
        .insertInto('secumon.jobs')
        .values({ ...job, next_at, state: 'waiting', detail: null })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ about: job.about, schedule: job.schedule }),
        )
        .execute()
    }
  })
  for (const { name, state, failures } of (await readJobs(db)).values())
    if (state === 'running') await fail(db, { name, failures: failures + 1, detail: ENDED, nowMs })
}

/** It comes no later than that; once more where it is being done just now. False where there is no such job. */
export async function hastenJob(db: QueryExecutorProvider, name: string, latestMs: number): Promise<boolean> {
  const { numAffectedRows = 0n } =
    await sql`update secumon.jobs set next_at = ${new Date(latestMs)} where name = ${name}`.execute(db)
  return numAffectedRows > 0n
}

/** It is being done, since now. When it is next is not known before its end, unless somebody says so. */
export async function startJob(db: Database, name: string, nowMs: number): Promise<void> {
  await sql`update secumon.jobs set state = 'running', last_started_at = ${new Date(nowMs)}, next_at = null
    where name = ${name}`.execute(db)
}

/** How an attempt ended. `stopped`: it was told to. `not-yet`: it waits for something. */
export type Attempt = {
  readonly outcome: 'done' | 'stopped' | 'not-yet' | 'failed'
  readonly detail: string | undefined
}

export type Ended = Attempt & {
  readonly name: string
  readonly startedAtMs: number
  readonly nowMs: number
  readonly nextAtMs: number
  /** One after the other, this one included. */
  readonly failures: number
}

/** Writes down how it ended, unless somebody else has begun it meanwhile. */
export async function endJob(db: Database, ended: Ended): Promise<void> {
  const { name, outcome, startedAtMs, nowMs, nextAtMs, failures } = ended
  const at = new Date(nowMs)
  await sql`update secumon.jobs set
      state = ${outcome === 'failed' ? 'failed' : 'waiting'}, failures = ${failures},
      next_at = least(next_at, ${new Date(nextAtMs)}), last_finished_at = ${at}, detail = ${shortened(ended.detail)},
      last_ok_at = case when ${outcome === 'done'} then ${at} else last_ok_at end
    where name = ${name} and state = 'running' and last_started_at = ${new Date(startedAtMs)}`.execute(db)
}

type Failed = {
  readonly name: string
  readonly failures: number
  readonly detail: string
  readonly nowMs: number
}

async function fail(db: Database, { name, failures, detail, nowMs }: Failed): Promise<void> {
  await sql`update secumon.jobs set state = 'failed', failures = ${failures}, detail = ${detail},
      next_at = ${new Date(nowMs + retryAfterMs(failures))} where name = ${name}`.execute(db)
}

const shortened = (detail: string | undefined): string | null =>
  detail === undefined ? null : detail.replaceAll('\0', '').slice(0, MAX_DETAIL_CHARS)
