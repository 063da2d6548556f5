// The number of shards is fixed at the first start: with another one agents would change streams, and the log would
// hold chains in pieces.

import type { Database } from '@secumon/infra/database/database'
import { Exit, exitCode } from './exit.ts'

/** Records the number at the first start. @throws Exit 78 when another one was recorded */
export async function requireShards(db: Database, shards: number): Promise<void> {
  const fact = { name: 'shards', value: String(shards) }
  await db
    .insertInto('secumon.facts')
    .values(fact)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await db
    .selectFrom('secumon.facts')
    .select('value')
    .where('name', '=', fact.name)
    .executeTakeFirstOrThrow()
  if (row.value === fact.value) return
  const detail = `this installation was made with ${row.value}; the number is fixed at the first start`
  throw new Exit(exitCode.configuration, `SECUMON_SHARDS=${shards}, but ${detail}`)
}
