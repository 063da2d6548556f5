// Makes sure of what the database has rolled up by itself. Its own refreshing goes back some days and no further: what it
// missed while it did not run, and what came later than that, is refreshed here, bucket by bucket, and never where raw rows
// have been dropped, for a refresh would delete the history of such a bucket.

import { DAY_MS } from '@secumon/migrations/partitions'
import { createTimeIndex } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import { isOfSamples } from '../rollups/columns.ts'
import { ROLLUPS, type Rollup } from '../rollups/definitions.ts'
import { finishStep, lockProgress, raiseSteps, takeBack, type Progress } from '../rollups/progress.ts'
import { placeOf } from '../rollups/place.ts'
import { remakeAll, type Refresh, type Refreshed, type Work } from '../rollups/refresh.ts'
import type { Place, TimeRange } from '../rollups/statements.ts'
import { REFRESHED_DAYS } from './aggregates.ts'

const HOUR_MS = 3_600_000
/** Rows older than this mark their bucket: half a day before the database would not come back to it. */
const MARKED_MS = REFRESHED_DAYS * DAY_MS - 12 * HOUR_MS
/** What is older is made for certain: raw rows may be dropped up to here, which the database refreshes no more. */
const SURE_MS = (REFRESHED_DAYS + 1) * DAY_MS

/** Does it for a generation; nothing where it has no continuous aggregates. @throws the signal's reason */
export async function refreshAggregates(refresh: Refresh): Promise<Refreshed> {
  const place = await placeOf(refresh.db, refresh.generation)
  const done = { steppedMs: 0, remade: 0, tooLate: 0 }
  for (const rollup of aggregatesIn(place)) {
    // One that was made before there was such an index gets it here, where a statement may take long.
    if (isOfSamples(rollup)) await createTimeIndex(refresh.db, { ...place, table: rollup.source })
    done.steppedMs += await step({ ...refresh, place, rollup })
    const { remade, tooLate } = await remakeAll({ ...refresh, place, rollup })
    done.remade += remade
    done.tooLate += tooLate
  }
  return done
}

/** The same, and the newest days as well, before anybody reads them. @throws the signal's reason */
export async function refreshWhole(refresh: Refresh): Promise<Refreshed> {
  const { db, generation, nowMs, signal } = refresh
  const done = await refreshAggregates(refresh)
  const place = await placeOf(db, generation)
  for (const rollup of aggregatesIn(place)) {
    signal.throwIfAborted()
    const toMs = startOf(nowMs - rollup.resolutionMs, rollup.resolutionMs)
    await refreshRange({ db, place, rollup }, { fromMs: startOf(nowMs - MARKED_MS, HOUR_MS), toMs })
  }
  return done
}

const aggregatesIn = ({ stored }: Place): readonly Rollup[] => ROLLUPS.filter(({ name }) => stored?.has(name))

async function step(work: Work): Promise<number> {
  const { db, place, rollup, nowMs, signal, onProgress } = work
  const sureMs = startOf(nowMs - SURE_MS, HOUR_MS)
  const markedMs = startOf(nowMs - MARKED_MS, HOUR_MS)
  const { untilMs, floorMs } = await begun(work, sureMs)
  await raiseSteps(db, place, { rollup, toMs: markedMs })
  if (untilMs >= sureMs) return 0
  let steppedMs = 0
  // Beyond what is sure, too: it may have been too old for the database already when it came.
  const fromMs = Math.max(untilMs, floorMs ?? 0)
  for (const piece of await chunksWithin(work, { fromMs, toMs: markedMs })) {
    signal.throwIfAborted()
    await refreshRange(work, piece)
    await finish(work, Math.min(piece.toMs, sureMs))
    await onProgress?.(rollup, piece.toMs)
    steppedMs += piece.toMs - piece.fromMs
  }
  await finish(work, sureMs)
  return steppedMs
}

/**
 * How far it is. A clock that was ahead may have led it beyond the present: it is taken back to where it should be, but not
 * to where rows of it are. By a clock that is behind for a while nothing comes of it: what lies before may have been made of
 * rows that are gone.
 */
const begun = ({ db, place, rollup, nowMs }: Work, sureMs: number): Promise<Progress> =>
  db.transaction().execute(async (tx) => {
    const held = await lockProgress(tx, place, rollup)
    if (held.untilMs <= nowMs) return held
    const { schema, table } = place.stored?.get(rollup.name) ?? { schema: place.schema, table: rollup.name }
    const { rows } = await sql<{ newest: number | null }>`
      select max(time) as newest from ${sql.table(`${schema}.${table}`)}`.execute(tx)
    const toMs = Math.max(sureMs, (rows[0]?.newest ?? 0) + rollup.resolutionMs)
    if (toMs >= held.untilMs) return held
    await takeBack(tx, place, { rollup, toMs })
    return { ...held, untilMs: toMs, steppingToMs: toMs }
  })

const finish = ({ db, place, rollup }: Work, toMs: number): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await lockProgress(tx, place, rollup)
    await finishStep(tx, place, { rollup, toMs })
  })

/** The parts of a time in which there is something to make it of, in order. */
async function chunksWithin(
  { db, place, rollup: { source } }: Work,
  { fromMs, toMs }: TimeRange,
): Promise<readonly TimeRange[]> {
  if (fromMs >= toMs) return []
  const { schema, table } = place.stored?.get(source) ?? { schema: place.schema, table: source }
  const [from, to] = [new Date(fromMs), new Date(toMs)]
  const { rows } = await sql<TimeRange>`select greatest(range_start, ${from}) as "fromMs",
      least(range_end, ${to}) as "toMs"
    from timescaledb_information.chunks
    where hypertable_schema = ${schema} and hypertable_name = ${table}
      and range_end > ${from} and range_start < ${to} order by range_start`.execute(db)
  return rows
}

/** Makes what has changed in whole buckets. It cannot be part of a transaction. */
export async function refreshRange(
  { db, place, rollup }: Pick<Work, 'db' | 'place' | 'rollup'>,
  { fromMs, toMs }: TimeRange,
): Promise<void> {
  await sql`call refresh_continuous_aggregate(${`${place.schema}.${rollup.name}`}::regclass,
    ${new Date(fromMs)}::timestamptz, ${new Date(toMs)}::timestamptz)`.execute(db)
}

const startOf = (ms: number, widthMs: number): number => Math.floor(ms / widthMs) * widthMs
