// Who deletes counts and writes others for them, or deletes them for good, does so alone: what the one writes the other
// does not see. Projectors only insert, and wait for nobody.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'

/** Until the transaction's end. Statements after it see what whoever was before has written. */
export async function lockCounts(tx: Database, schema: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`log-counts/${schema}`}, 0))`.execute(tx)
}
