// Ends what jobs have the database do: one long statement would otherwise outlast whoever wanted it.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'

/** What connections of jobs are called in pg_stat_activity, each process's with something of its own behind it. */
export const JOBS_APPLICATION = 'secumon jobs'

/** Cancels what this process's jobs have running now. */
export async function cancelStatements(db: Database, application: string): Promise<void> {
  await sql`select pg_cancel_backend(pid) from pg_stat_activity
    where application_name = ${application} and state <> 'idle' and pid <> pg_backend_pid()
      and datname = current_database()`.execute(db)
}

/** Ends what an earlier holder of the lease, dead or cut off, still has running. Returns how many there were. */
export async function endOrphans(db: Database, application: string): Promise<number> {
  const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name like ${`${JOBS_APPLICATION}%`} and application_name <> ${application} and state <> 'idle'
      and datname = current_database() and usename = current_user`.execute(db)
  return rows.length
}

/** What the pool's connections are called. */
export async function applicationOf(db: Database): Promise<string> {
  const { rows } = await sql<{ name: string }>`select current_setting('application_name') as name`.execute(db)
  return rows[0]?.name ?? ''
}
