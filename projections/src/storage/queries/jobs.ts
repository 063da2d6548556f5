// What is done to stored data by itself: when it was done last, how that ended, and when it is done next.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import { STORAGE_JOBS } from '../jobs.ts'

export type JobStatus = {
  readonly name: string
  readonly about: string
  readonly schedule: string
  readonly state: 'waiting' | 'running' | 'failed'
  readonly lastRunMs: number | null
  readonly lastDurationMs: number | null
  readonly lastOkMs: number | null
  readonly nextRunMs: number | null
  /** One after the other. */
  readonly failures: number
  /** What was done, is waited for or went wrong. */
  readonly detail: string | null
  /** Whose scheduler does it. */
  readonly owner: 'secumon' | 'timescaledb'
  /** What it removes is gone for good. */
  readonly deletes: boolean
}

/** All of them by name; none before a role archiver has ever run. */
export async function listJobs(db: Database): Promise<JobStatus[]> {
  const { rows: view } = await sql`select where to_regclass('secumon.secumon_jobs') is not null`.execute(db)
  if (view.length === 0) return []
  const { rows } = await sql<
    Omit<JobStatus, 'deletes'>
  >`select name, about, schedule, state, last_run as "lastRunMs",
      extract(epoch from last_duration)::float8 * 1000 as "lastDurationMs", last_ok as "lastOkMs",
      next_run as "nextRunMs", failures::float8 as failures, detail, owner
    from secumon.secumon_jobs order by owner, name`.execute(db)
  return rows.map((row) => ({ ...row, deletes: DELETING.has(row.name) }))
}

const DELETING: ReadonlySet<string> = new Set(
  STORAGE_JOBS.flatMap(({ name, deletes }) => (deletes ? [name] : [])),
)
