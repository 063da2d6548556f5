// The view `secumon.secumon_jobs`: all that is done to stored data by itself, ours and the database's own.

import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'

/**
 * Makes the view say what can be known: where the database has no jobs, or they may not be seen, only ours. It is for
 * people: jobs are done without it, too.
 */
export async function createJobsView(db: Database, logger: Logger): Promise<void> {
  // Also where less of it is wanted: hypertables that were made before go on.
  const { rows } = await sql`select where to_regclass('timescaledb_information.jobs') is not null`.execute(db)
  for (const jobs of rows.length > 0 ? [sql`${OURS} union all ${THEIRS}`, OURS] : [OURS])
    try {
      return await replaceView(db, jobs)
    } catch (error) {
      logger.warn({ err: error }, 'jobs cannot be shown as they should be')
    }
}

async function replaceView(db: Database, jobs: RawBuilder<unknown>): Promise<void> {
  try {
    await sql`create or replace view secumon.secumon_jobs as ${jobs}`.execute(db)
  } catch (error) {
    // Another release may have made it with other columns. What others have made of it is not taken from them: then it stays.
    if (!(error instanceof pg.DatabaseError && error.code === INVALID_TABLE_DEFINITION)) throw error
    await db.transaction().execute(async (tx) => {
      const { rows: grants } = await GRANTS.execute(tx)
      await sql`drop view secumon.secumon_jobs`.execute(tx)
      await sql`create view secumon.secumon_jobs as ${jobs}`.execute(tx)
      for (const { statement } of grants) await sql.raw(statement).execute(tx)
    })
  }
}

/** Who else may read it. */
const GRANTS = sql<{ statement: string }>`
  select format('grant %s on secumon.secumon_jobs to %s %s', a.privilege_type,
      case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
      case when a.is_grantable then 'with grant option' end) as statement
  from pg_class c, aclexplode(c.relacl) a
  where c.oid = 'secumon.secumon_jobs'::regclass and a.grantee <> c.relowner`

const INVALID_TABLE_DEFINITION = '42P16'

const OURS = sql`
  select name, about, schedule, state, last_started_at as last_run,
    case when last_finished_at >= last_started_at then last_finished_at - last_started_at end as last_duration,
    last_ok_at as last_ok, next_at as next_run, failures::bigint as failures, detail, 'secumon'::text as owner
  from secumon.jobs`

// A policy on a continuous aggregate names the hypertable behind it.
const THEIRS = sql`
  select concat_ws('_', j.proc_name, coalesce(c.view_schema, j.hypertable_schema), coalesce(c.view_name, j.hypertable_name))
      || '_' || j.job_id,
    j.application_name::text, 'every ' || j.schedule_interval,
    case when s.job_status = 'Running' then 'running' when s.last_run_status = 'Failed' then 'failed' else 'waiting' end,
    s.last_run_started_at, s.last_run_duration, s.last_successful_finish, coalesce(s.next_start, j.next_start),
    case when s.last_run_status = 'Failed' then s.total_failures else 0 end,
    case when not j.scheduled then 'switched off' when s.last_run_status = 'Failed'
      then 'failed: see timescaledb_information.job_errors' end,
    'timescaledb'
  from timescaledb_information.jobs j
  left join timescaledb_information.job_stats s using (job_id)
  left join timescaledb_information.continuous_aggregates c
    on c.materialization_hypertable_schema = j.hypertable_schema
    and c.materialization_hypertable_name = j.hypertable_name
  where j.hypertable_name is not null`
