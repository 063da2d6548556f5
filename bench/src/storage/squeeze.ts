// What is done to closed days and to buckets, on either form of storage: by our jobs, or by the database when asked to.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { Generation } from '@secumon/projections/generations'
import { packClosedDays } from '@secumon/projections/samples/packed/pack-closed-days'
import { refreshWhole } from '@secumon/projections/samples/continuous/refresh'
import { refreshRollups } from '@secumon/projections/samples/rollups/refresh'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { jobContext } from '@secumon/projections/storage/testing/jobs'
import { sql } from 'kysely'

export type Form = 'partitions' | 'hypertables'

export type Stored = { readonly db: Database; readonly generation: Generation; readonly form: Form }

const HOUR_MS = 3_600_000

/** Makes the rollups of all whole hours before `toMs` that are not made yet. */
export async function rollUpTo({ db, generation, form }: Stored, toMs: number): Promise<void> {
  const refresh = form === 'partitions' ? refreshRollups : refreshWhole
  await refresh({ db, generation, nowMs: toMs + HOUR_MS / 2, signal: new AbortController().signal })
}

/** Squeezes all days before `day`, counted from 1970-01-01 UTC, that are not squeezed yet. */
export async function squeezeBefore(stored: Stored, day: number): Promise<void> {
  const { db, form } = stored
  if (form === 'partitions') {
    const clock = { nowMs: () => (day + 1) * DAY_MS }
    const signal = new AbortController().signal
    await packClosedDays.run(await jobContext(db, { clock, signal, settledMs: clock.nowMs() }))
    return
  }
  for (const chunk of await chunksBefore(stored, { day, isCompressed: false }))
    await sql`select compress_chunk(${chunk}::regclass)`.execute(db)
}

/** Chunks of samples that end by the beginning of `day`, the oldest first. */
export async function chunksBefore(
  { db, generation: { schema } }: Stored,
  { day, isCompressed }: { readonly day: number; readonly isCompressed: boolean },
): Promise<string[]> {
  const { rows } = await sql<{ chunk: string }>`
    select format('%I.%I', chunk_schema, chunk_name) as chunk from timescaledb_information.chunks
    where hypertable_schema = ${schema} and hypertable_name = any (${SAMPLE_TABLES.map(({ table }) => table)})
      and range_end <= ${new Date(day * DAY_MS)} and is_compressed = ${isCompressed} order by range_start`.execute(
    db,
  )
  return rows.map(({ chunk }) => chunk)
}
