// Forks: log and archive hold different records under one number. Nothing is overwritten; each is told, and recorded
// once among the platform's holes, where `secumon status` finds it.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'

/** Under which holes that reconcile finds are recorded. */
export const RECONCILE = 'reconcile'

export type Fork = {
  readonly stream: string
  readonly subject: string
  readonly position: number
  /** Of the archive. */
  readonly expected: string
  /** Of the log. */
  readonly found: string
}

export async function reportFork(
  { database, logger }: { readonly database: Kysely<PlatformTables>; readonly logger: Logger },
  fork: Fork,
): Promise<void> {
  logger.error(fork, 'forked: log and archive hold different records; both are left as they are')
  const { stream, subject, position, expected, found } = fork
  await sql`insert into secumon.platform_holes
      (projection, version, stream, position, subject, expected, found, at)
    select ${RECONCILE}, 1, ${stream}, ${position}::bigint, ${subject}, ${expected}, ${found}, now()
    where not exists (select from secumon.platform_holes
      where projection = ${RECONCILE} and subject = ${subject} and expected = ${expected} and found = ${found})`.execute(
    database,
  )
}
