// Rows and packs of a generation trade places under one lock, so that whoever moves both finds them where they are.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'

/** Until the transaction ends nobody else packs or unpacks anything of the generation. */
export async function lockPacking(tx: Database, schema: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`packing/${schema}`}, 0))`.execute(tx)
}
