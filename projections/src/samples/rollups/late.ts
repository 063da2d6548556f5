// Buckets that got rows after they had been made are made again, the oldest first. What their rows were has been dropped
// for some: of what came for those nothing can be made any more; it is counted.

import type { Database } from '@secumon/infra/database/database'
import { admitCompressed } from '@secumon/migrations/timescale'
import { sql } from 'kysely'
import type { PlatformTx } from '../../admission.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import { holdSteps, lockProgress, readProgress, type Progress } from './progress.ts'
import { deleteBuckets, insertBuckets, type Place } from './statements.ts'
import { belowTenantFloors } from './tenant-floors.ts'
import { weightsOf } from './weights.ts'

/** Marks of one transaction; fewer where agents have more rows. */
const MARKS_AT_ONCE = 2_000

export type Late = { readonly db: Database; readonly place: Place; readonly rollup: Rollup }

export type Remade = {
  /** Marks that were taken. */
  readonly marks: number
  readonly buckets: number
  /** Buckets whose rows came too late. */
  readonly tooLate: number
}

/** Takes some of the marks; call it again as long as there were any. */
export async function remakeLate({ db, place, rollup }: Late): Promise<Remade> {
  return db.transaction().execute(async (tx) => {
    await admitCompressed(tx)
    const progress = await lockProgress(tx, place, rollup)
    const { heaviest } = await weightsOf(tx, place.schema, rollup)
    const most = Math.ceil(MARKS_AT_ONCE / heaviest)
    const { marks, buckets } = await takeMarks(tx, place, { rollup, progress, most })
    const lost = await belowTenantFloors(tx, place, { rollup, buckets })
    const floorMs = progress.floorMs ?? -Infinity
    const kept = buckets.filter((bucket) => bucket.bucketMs >= floorMs && !lost.has(bucket))
    await remake(tx, place, { rollup, buckets: kept })
    for (const coarser of ROLLUPS.filter(({ source }) => source === rollup.name))
      await markCoarser(tx, place, { rollup: coarser, buckets: kept })
    const tooLate = buckets.length - kept.length
    if (tooLate > 0) await countTooLate(tx, place, { rollup, tooLate })
    return { marks, buckets: kept.length, tooLate }
  })
}

/** Of an agent. */
export type Bucket = { readonly agent: string; readonly bucketMs: number }
export type Buckets = { readonly rollup: Rollup; readonly buckets: readonly Bucket[] }
type Taking = {
  readonly rollup: Rollup
  readonly progress: Progress
  /** Buckets, each of which may be marked many times. */
  readonly most: number
}
type Taken = { readonly marks: number; readonly buckets: readonly Bucket[] }

// Those beyond `until` are made with the others; until then their marks stay.
async function takeMarks(tx: PlatformTx, place: Place, { rollup, progress, most }: Taking): Promise<Taken> {
  const { projection, version } = place
  const { rows } = await sql<Bucket & { marks: number }>`
    with taken as (delete from secumon.rollup_dirty where ctid = any(array(
      select mark from (select ctid as mark, dense_rank() over (order by bucket, agent) as place
        from secumon.rollup_dirty
        where projection = ${projection} and version = ${version} and relation = ${rollup.name}
          and bucket < ${new Date(progress.untilMs)} order by bucket, agent limit ${MARKS_AT_ONCE}) as m
      where place <= ${most}))
      returning agent, bucket)
    select agent, bucket as "bucketMs", count(*)::int as marks from taken group by 1, 2`.execute(tx)
  return { marks: rows.reduce((sum, { marks }) => sum + marks, 0), buckets: rows }
}

async function remake(tx: PlatformTx, place: Place, { rollup, buckets }: Buckets): Promise<void> {
  if (buckets.length === 0) return
  const [agents, bucketsMs] = [buckets.map(({ agent }) => agent), buckets.map(({ bucketMs }) => bucketMs)]
  const fromMs = Math.min(...bucketsMs)
  const toMs = Math.max(...bucketsMs) + rollup.resolutionMs
  await deleteBuckets(place, rollup, { agents, bucketsMs }).execute(tx)
  await insertBuckets(place, rollup, { agents, bucketsMs, fromMs, toMs }).execute(tx)
}

// A writer like any other: who makes the coarser one waits for it, or is told.
export async function markCoarser(tx: PlatformTx, place: Place, { rollup, buckets }: Buckets): Promise<void> {
  if (buckets.length === 0) return
  await holdSteps(tx, place.schema)
  const { projection, version } = place
  const steppingToMs = (await readProgress(tx, place, rollup))?.steppingToMs ?? 0
  const wider = buckets.map(({ agent, bucketMs }) => ({ agent, bucketMs: startOf(rollup, bucketMs) }))
  const made = wider.filter(({ bucketMs }) => bucketMs < steppingToMs)
  await sql`insert into secumon.rollup_dirty (projection, version, relation, agent, bucket)
    select distinct ${projection}, ${version}::integer, ${rollup.name}, m.agent, m.bucket from unnest(
      ${made.map(({ agent }) => agent)}::uuid[], ${made.map(({ bucketMs }) => new Date(bucketMs))}::timestamptz[])
      as m (agent, bucket)`.execute(tx)
}

const startOf = ({ resolutionMs }: Rollup, ms: number): number => Math.floor(ms / resolutionMs) * resolutionMs

export type TooLate = { readonly rollup: Rollup; readonly tooLate: number }

/** Counts buckets that got rows of which nothing can be made any more. */
export async function countTooLate(
  tx: PlatformTx,
  place: Place,
  { rollup, tooLate }: TooLate,
): Promise<void> {
  await tx
    .updateTable('secumon.floors')
    .set({ late_rows: sql<number>`late_rows + ${tooLate}` })
    .where('projection', '=', place.projection)
    .where('version', '=', place.version)
    .where('relation', '=', rollup.source)
    .execute()
}
