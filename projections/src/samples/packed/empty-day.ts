// The room of a day whose rows are all packed goes back to the disk.

import type { Database } from '@secumon/infra/database/database'
import { partitionName, type DayOfTable } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import pg from 'pg'

/** More than an empty partition and its indexes take. */
const WORTH_BYTES = 64 * 1024
/** Whoever comes after us waits as long as we do. */
const LOCK_TIMEOUT = sql`set local lock_timeout = '500ms'`
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Does nothing while rows lie there, or somebody may still see those that did: the next call goes on. `truncate` alone
 * would hide from an older snapshot what it has to see, so `vacuum` finds out first that nobody can.
 */
export async function emptyDay(db: Database, day: DayOfTable): Promise<void> {
  const partition = `${day.schema}.${partitionName(day)}`
  const { rows } = await sql`select from ${sql.table(partition)} limit 1`.execute(db)
  if (rows.length > 0 || (await sizesOf(db, partition)).whole <= WORTH_BYTES) return
  await sql`vacuum (truncate on) ${sql.table(partition)}`.execute(db)
  await truncate(db, partition).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error
  })
}

async function truncate(db: Database, partition: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await LOCK_TIMEOUT.execute(tx)
    await sql`lock table ${sql.table(partition)} in access exclusive mode`.execute(tx)
    const { rows } = await sizesOf(tx, partition)
    if (rows === 0) await sql`truncate ${sql.table(partition)}`.execute(tx)
  })
}

type Sizes = { readonly rows: number; readonly whole: number }

async function sizesOf(db: Database, partition: string): Promise<Sizes> {
  const { rows } = await sql<Sizes>`select pg_relation_size(${partition}::regclass)::float8 as rows,
    pg_total_relation_size(${partition}::regclass)::float8 as whole`.execute(db)
  return rows[0] ?? { rows: 0, whole: 0 }
}
