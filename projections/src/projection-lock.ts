// The right to work on one (projection, version, stream): an advisory lock on one connection.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import type { CheckpointKey } from './checkpoints.ts'

/**
 * Runs `work` with the connection that holds the lock, and frees it afterwards. False when another holds it.
 * @throws what `work` throws
 */
export async function withProjectionLock(
  db: Database,
  { projection, version, stream }: CheckpointKey,
  work: (db: Database) => Promise<void>,
): Promise<boolean> {
  const name = `projection/${projection}/${version}/${stream}`
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{
      held: boolean
    }>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as held`.execute(connection)
    if (!rows[0]?.held) return false
    try {
      await work(connection)
    } finally {
      // Where this fails the connection is gone, and the lock with it.
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`
        .execute(connection)
        .catch(() => undefined)
    }
    return true
  })
}
