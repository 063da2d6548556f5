// Buckets that got rows when the database would not come back to them any more are refreshed, exactly those. Their marks
// stay until that is done: no raw row is dropped as long as a bucket of it is marked, and whoever dies begins again.

import { sql } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import { countTooLate, markCoarser, type Bucket } from '../rollups/late.ts'
import { ROLLUPS } from '../rollups/definitions.ts'
import { lockProgress } from '../rollups/progress.ts'
import type { Refreshed } from '../rollups/refresh.ts'
import type { TimeRange } from '../rollups/statements.ts'
import { refreshRange, type Work } from './refresh.ts'

const MARKS_AT_ONCE = 2_000

/** Refreshes all that is marked. @throws the signal's reason */
export async function refreshLate(work: Work): Promise<Pick<Refreshed, 'remade' | 'tooLate'>> {
  const { db, signal, rollup, nowMs, onProgress } = work
  let [remade, tooLate] = [0, 0]
  for (;;) {
    const marks = await db.transaction().execute((tx) => readMarks(tx, work))
    if (marks.length === 0) return { remade, tooLate }
    const kept = marks.filter(({ hasRows }) => hasRows)
    for (const range of rangesOf(kept, rollup.resolutionMs)) {
      signal.throwIfAborted()
      await refreshRange(work, range)
    }
    await db.transaction().execute((tx) => takeMarks(tx, work, { marks, kept }))
    remade += bucketsOf(kept).length
    tooLate += bucketsOf(marks).length - bucketsOf(kept).length
    await onProgress?.(rollup, nowMs)
  }
}

/** `hasRows`: what it is made of has not been dropped. */
type Mark = Bucket & { readonly place: string; readonly hasRows: boolean }

// Under the lock: whoever raises the floor waits, and sees the marks then, or has raised it.
async function readMarks(tx: PlatformTx, { place, rollup }: Work): Promise<readonly Mark[]> {
  const { floorMs } = await lockProgress(tx, place, rollup)
  const { rows } = await sql<Bucket & { place: string }>`
    select ctid::text as place, agent, bucket as "bucketMs" from secumon.rollup_dirty
    where projection = ${place.projection} and version = ${place.version} and relation = ${rollup.name}
    order by bucket, agent limit ${MARKS_AT_ONCE}`.execute(tx)
  return rows.map((row) => ({ ...row, hasRows: row.bucketMs >= (floorMs ?? -Infinity) }))
}

type Taken = { readonly marks: readonly Mark[]; readonly kept: readonly Mark[] }

async function takeMarks(tx: PlatformTx, { place, rollup }: Work, { marks, kept }: Taken): Promise<void> {
  await lockProgress(tx, place, rollup)
  await sql`delete from secumon.rollup_dirty where ctid = any(${marks.map((mark) => mark.place)}::tid[])`.execute(
    tx,
  )
  for (const coarser of ROLLUPS.filter(({ source }) => source === rollup.name))
    await markCoarser(tx, place, { rollup: coarser, buckets: bucketsOf(kept) })
  const tooLate = bucketsOf(marks).length - bucketsOf(kept).length
  if (tooLate > 0) await countTooLate(tx, place, { rollup, tooLate })
}

const bucketsOf = (marks: readonly Mark[]): readonly Bucket[] => [
  ...new Map(marks.map(({ agent, bucketMs }) => [`${agent}/${bucketMs}`, { agent, bucketMs }])).values(),
]

/** The buckets, those that touch as one range. */
export function rangesOf(
  buckets: readonly Pick<Bucket, 'bucketMs'>[],
  widthMs: number,
): readonly TimeRange[] {
  const starts = [...new Set(buckets.map(({ bucketMs }) => bucketMs))].toSorted((a, b) => a - b)
  const ranges: TimeRange[] = []
  for (const fromMs of starts) {
    const last = ranges.at(-1)
    const toMs = fromMs + widthMs
    if (last?.toMs === fromMs) ranges[ranges.length - 1] = { fromMs: last.fromMs, toMs }
    else ranges.push({ fromMs, toMs })
  }
  return ranges
}
