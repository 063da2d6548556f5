// What a generation has beside its sample tables, in the form that those have: hypertables are compressed and rolled up by
// the database, days of ours by us.

import type { Kysely } from 'kysely'
import { completeAggregates } from './continuous/aggregates.ts'
import { compressSamples } from './continuous/compression.ts'
import { createPackedTables } from './packed/packed-tables.ts'
import { completeRollupTables, isRolledUpByDatabase } from './rollups/tables.ts'

/** Creates what is missing. Not to be called twice at the same time. */
export async function completeSamples(db: Kysely<unknown>, schema: string): Promise<void> {
  await createPackedTables(db, schema)
  await completeRollupTables(db, schema)
  if (!(await isRolledUpByDatabase(db, schema))) return
  await compressSamples(db, schema)
  await completeAggregates(db, schema)
}
