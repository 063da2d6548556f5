// What is done to closed days and to buckets, on either form of storage: by our jobs, or by the database when asked to.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { Generation } from '@secumon/projections/generations'
import { packClosedDays } from '@secumon/projections/samples/packed/pack-closed-days'
import { ROLLUPS } from '@secumon/projections/samples/rollups/definitions'
import { refreshRollups } from '@secumon/projections/samples/rollups/refresh'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { jobContext } from '@secumon/projections/storage/testing/jobs'
import { sql } from 'kysely'

export type Form = 'partitions' | 'hypertables'

export type Stored = { readonly db: Database; readonly generation: Generation; readonly form: Form }

const HOUR_MS = 3_600_000

/** Makes the rollups of all whole hours before `toMs` that are not made yet; a year is the longest. */
export async function rollUpTo(
  { db, generation, form }: Stored,
  toMs: number,
  fromMs: number,
): Promise<void> {
  if (form === 'partitions') {
    const nowMs = toMs + HOUR_MS / 2
    await refreshRollups({ db, generation, nowMs, signal: new AbortController().signal })
    return
  }
  for (const { name } of ROLLUPS)
    await sql`call refresh_continuous_aggregate(${`${generation.schema}.${name}`}::regclass,
      ${new Date(fromMs)}::timestamptz, ${new Date(toMs)}::timestamptz)`.execute(db)
}

/** Squeezes all days before `day`, counted from 1970-01-01 UTC, that are not squeezed yet. */
export async function squeezeBefore({ db, generation, form }: Stored, day: number): Promise<void> {
  if (form === 'partitions') {
    const clock = { nowMs: () => (day + 1) * DAY_MS }
    const signal = new AbortController().signal
    await packClosedDays.run(await jobContext(db, { clock, signal }))
    return
  }
  const { rows } = await sql<{ chunk: string }>`
    select format('%I.%I', chunk_schema, chunk_name) as chunk from timescaledb_information.chunks
    where hypertable_schema = ${generation.schema} and hypertable_name = any (${SAMPLE_TABLES.map(({ table }) => table)})
      and range_end <= ${new Date(day * DAY_MS)} and not is_compressed order by range_start`.execute(db)
  for (const { chunk } of rows) await sql`select compress_chunk(${chunk}::regclass)`.execute(db)
}
