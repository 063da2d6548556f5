// What a generation has beside its sample tables, in the form that those have: hypertables are compressed and rolled up by
// the database, days of ours by us. What is there stays in the form that it was made with, whatever the database can now.

import { timeSeriesDatabase } from '@secumon/migrations/timescale'
import type { Kysely } from 'kysely'
import { completeAggregates } from './continuous/aggregates.ts'
import { compressSamples } from './continuous/compression.ts'
import { createSeriesTables } from './custom/series-tables.ts'
import { requireServed } from './form.ts'
import { createPackedTables } from './packed/packed-tables.ts'
import { completeRollupTables } from './rollups/tables.ts'
import { createSamplesTables } from './tables.ts'

/** Creates what is missing. Not to be called twice at the same time. @throws UnusableGeneration */
export async function completeSamples(db: Kysely<unknown>, schema: string): Promise<void> {
  const database = await timeSeriesDatabase(db)
  await requireServed(db, { schema, database })
  await createSamplesTables(db, schema)
  await createSeriesTables(db, schema)
  await createPackedTables(db, schema)
  if (database.edition === 'full') {
    await compressSamples(db, schema)
    await completeAggregates(db, schema)
  }
  await completeRollupTables(db, schema)
}
