// Which parts of alerting fail again and again, where every process can see it: each of them begins anew at once, and only
// the log of its process would tell.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'

/** The group of processes that share alerting: each has a lease of its own below that name. */
export const ALERTERS = 'alerter'

export type PartFailure = {
  readonly part: string
  /** One soon after the other. */
  readonly failures: number
  readonly sinceMs: number
  readonly reason: string
}

/** Failures that are further apart have nothing to do with each other; a part without any for so long is well. */
const TOGETHER = sql`interval '5 minutes'`
/** Fewer are what a restart of database or log causes. */
const FEWEST = 3
const MAX_REASON_CHARS = 300

/** One more. @throws what the database throws */
export async function recordFailure(db: Database, part: string, error: unknown): Promise<void> {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_CHARS)
  await sql`insert into secumon.part_failures as f values (${part}, 1, now(), now(), ${reason})
    on conflict (part) do update set
      failures = case when f.last_at < now() - ${TOGETHER} then 1 else f.failures + 1 end,
      since = case when f.last_at < now() - ${TOGETHER} then now() else f.since end,
      last_at = now(), reason = excluded.reason`.execute(db)
}

/** Those that failed several times of late, by name. @throws what the database throws */
export async function failingParts(db: Database): Promise<PartFailure[]> {
  const rows = await db
    .selectFrom('secumon.part_failures')
    .select(['part', 'failures', 'since as sinceMs', 'reason'])
    .where('failures', '>=', FEWEST)
    .where(sql<boolean>`last_at > now() - ${TOGETHER}`)
    .orderBy('part')
    .execute()
  return rows
}

/** `notify-2 failed 5 times since 07:10 UTC`; why is not for everybody. */
export const failureText = ({ part, failures, sinceMs }: PartFailure): string =>
  `${part} failed ${failures} times since ${new Date(sinceMs).toISOString().slice(11, 16)} UTC`
