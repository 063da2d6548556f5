// What the database remembers of trouble, and who leads.

import type { Database } from '@secumon/infra/database/database'
import { RECONCILE } from '@secumon/infra/log/forks'
import { describeDatabase, timeSeriesDatabase } from '@secumon/migrations/timescale'
import { sql } from 'kysely'

export type Count = { readonly projection: string; readonly count: number }

export type LeaseStatus = {
  readonly name: string
  readonly holder: string
  readonly fence: number
  /** False: nobody does it. */
  readonly held: boolean
}

export type RebuildStatus = {
  readonly projection: string
  readonly generation: number
  readonly phase: string
  readonly wanted: string
  /** 0 – 1, of the archive. */
  readonly share: number
}

export type DatabaseStatus = {
  /** What it is, for people. */
  readonly database: string
  readonly deadLetters: readonly Count[]
  /** Places where the log lacked what must have been there, of the last day. */
  readonly holes: readonly Count[]
  /** Lanes and aggregates of which log and archive hold different records. */
  readonly forks: number
  readonly leases: readonly LeaseStatus[]
  readonly rebuilds: readonly RebuildStatus[]
}

/** @throws what the database throws when it does not answer */
export async function databaseStatus(db: Database): Promise<DatabaseStatus> {
  const [found, deadLetters, holes, forked, leases, rebuilds] = await Promise.all([
    timeSeriesDatabase(db),
    deadLettersOf(db),
    holesOf(db),
    db
      .selectFrom('secumon.platform_holes')
      .select((of) => of.fn.countAll<number>().as('count'))
      .where('projection', '=', RECONCILE)
      .executeTakeFirst(),
    leasesOf(db),
    rebuildsOf(db),
  ])
  const forks = Number(forked?.count ?? 0)
  return { database: describeDatabase(found), deadLetters, holes, forks, leases, rebuilds }
}

const deadLettersOf = (db: Database): Promise<Count[]> =>
  db
    .selectFrom('secumon.dead_letters')
    .select('projection')
    .select((of) => of.fn.countAll<number>().as('count'))
    .groupBy('projection')
    .orderBy('projection')
    .execute()
    .then(numbered)

const holesOf = (db: Database): Promise<Count[]> =>
  db
    .selectFrom('secumon.platform_holes')
    .select('projection')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('projection', '<>', RECONCILE)
    .where(sql<boolean>`at > now() - interval '1 day'`)
    .groupBy('projection')
    .orderBy('projection')
    .execute()
    .then(numbered)

const numbered = (rows: readonly Count[]): Count[] =>
  rows.map(({ projection, count }) => ({ projection, count: Number(count) }))

async function leasesOf(db: Database): Promise<LeaseStatus[]> {
  const { rows } = await sql<LeaseStatus>`select name, holder, fence, expires_at > clock_timestamp() as held
    from secumon.leases order by name`.execute(db)
  return rows.map((row) => ({ ...row, fence: Number(row.fence) }))
}

async function rebuildsOf(db: Database): Promise<RebuildStatus[]> {
  const rows = await db
    .selectFrom('secumon.rebuilds')
    .select(['projection', 'generation', 'phase', 'wanted', 'done', 'total'])
    .where('phase', 'not in', ['done', 'failed', 'cancelled'])
    .orderBy('started_at')
    .execute()
  return rows.map(({ done, total, ...row }) => ({ ...row, share: total > 0 ? done / total : 0 }))
}
