// The life of samples on a database of any edition, driven by hand: what agents send is projected, and the jobs of the
// storage are run, those of the database among them.

import { untyped, type Database } from '@secumon/infra/database/database'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { timeSeriesEdition } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { pino } from 'pino'
import { beginRebuild, endRebuild } from '../rebuild/begin.ts'
import { catchUp } from '../rebuild/build.ts'
import { seal } from '../rebuild/sealed.ts'
import { steering } from '../rebuild/steering.ts'
import { swap } from '../rebuild/swap.ts'
import { samplesProjector } from '../samples/project.ts'
import { retention } from '../samples/retention-job.ts'
import { STORAGE_JOBS } from '../storage/jobs.ts'
import { DEFAULT_KEPT_DAYS } from '../storage/kept-days.ts'
import { NotYet, type JobContext, type StorageJob } from '../storage/storage-job.ts'
import { startLoop, systemClock } from './loop.ts'
import type { Appended, MemoryLog } from './memory-log.ts'
import { STREAM } from './recorder.ts'

const logger = pino({ level: 'silent' })

export type Life = {
  readonly db: Database
  readonly log: MemoryLog
  readonly writeRows: WriteRows
}

/** Appends to the log, and has the projector take it. */
export async function live({ db, log, writeRows }: Life, ...messages: readonly Appended[]): Promise<void> {
  log.append(STREAM, ...messages)
  const loop = startLoop({ projector: samplesProjector({ writeRows }), log, db })
  await loop.reached((await log.bounds(STREAM)).last)
  await loop.stop()
}

/** Builds another generation of what the log holds and has it take the place, or takes it back. */
export async function rebuilt({ db, log, writeRows }: Life, purpose: 'rebuild' | 'undo'): Promise<void> {
  const projector = samplesProjector({ writeRows })
  const { generation, live: before } = await beginRebuild(db, projector, { purpose })
  const signal = new AbortController().signal
  const options = { db, log, projector, streams: [STREAM], clock: systemClock, logger, signal }
  const build = { ...options, generation, steering: steering({ ...options, ...generation }) }
  await catchUp(build, async (stream) => (await log.bounds(stream)).last)
  await projector.derived?.bringUp({ ...build, nowMs: systemClock.nowMs(), say: async () => undefined })
  await seal(build, before)
  // Nothing comes meanwhile, so that nobody needs to be held: a database of one session could not do that.
  await db.transaction().execute(async (tx) => {
    await swap(tx, { projector, live: before, next: generation, nowMs: Date.now() })
    await endRebuild(tx, generation, 'done')
  })
}

/** Runs all that keeps the storage but retention, each once, as if it were due. */
export async function maintain(life: Life): Promise<void> {
  await runDatabaseJobs(life)
  for (const job of STORAGE_JOBS.filter(({ name }) => name !== retention.name)) await runJob(life, job)
}

/** What the job says of it. */
export async function runJob({ db }: Pick<Life, 'db'>, job: StorageJob): Promise<string | undefined> {
  const edition = await timeSeriesEdition(db)
  const nowMs = systemClock.nowMs()
  const signal = new AbortController().signal
  const context: JobContext = {
    db,
    edition,
    clock: systemClock,
    settledMs: nowMs,
    kept: DEFAULT_KEPT_DAYS,
    disk: async () => undefined,
    queriesFollowMs: 0,
    logger,
    signal,
  }
  return job.run(context).catch((error: unknown) => {
    if (error instanceof NotYet) return error.message
    throw error
  })
}

// Its own workers would do so; here it has none.
async function runDatabaseJobs({ db }: Pick<Life, 'db'>): Promise<void> {
  const { rows: installed } = await sql`select 1 from pg_extension where extname = 'timescaledb'`.execute(db)
  if (installed.length === 0) return
  const { rows } = await sql<{ job: number }>`select job_id as job from timescaledb_information.jobs
    where proc_name in ('policy_refresh_continuous_aggregate', 'policy_compression') order by job_id`.execute(
    db,
  )
  for (const { job } of rows) await sql`call run_job(${sql.lit(job)})`.execute(untyped(db))
}
