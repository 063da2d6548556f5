// Where a relation begins. A floor is raised before anything below it is dropped, and never beyond what has been rolled up:
// it is raised under the rows of the rollups, which whoever makes buckets again holds as well.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Transaction } from 'kysely'
import type { Generation } from '../generations.ts'
import type { KeptRelation } from './retention-relations.ts'

export type Raised = {
  /** Where the relation begins now; undefined: nothing of it has ever been dropped. */
  readonly floorMs: number | undefined
  /** It was raised just now. */
  readonly isHigher: boolean
  /** What keeps it from being raised as far as wanted. */
  readonly waitsFor?: string
}

export type WantedFloor = Pick<KeptRelation, 'relation' | 'feeds'> & {
  readonly wantedMs: number
  /** For one that keeps less than all others; absent: for all. */
  readonly tenant?: string
}

type Tx = Transaction<PlatformTables>

/** Raises the floor of a relation to a day, or as far towards it as its rollups are made. */
export const raiseFloor = (db: Database, generation: Generation, wanted: WantedFloor): Promise<Raised> =>
  db.transaction().execute(async (tx) => {
    const { wantedMs } = wanted
    const standing = await floorOf(tx, generation, wanted)
    if (standing !== undefined && standing >= wantedMs) return { floorMs: standing, isHigher: false }
    const bound = await boundOf(tx, generation, wanted)
    const allowedMs = Math.min(wantedMs, Math.floor(bound.ms / DAY_MS) * DAY_MS)
    const waits = allowedMs < wantedMs && { waitsFor: `${wanted.relation} waits for ${bound.by}` }
    if (allowedMs <= (standing ?? 0)) return { floorMs: standing, isHigher: false, ...waits }
    await writeFloor(tx, generation, { ...wanted, wantedMs: allowedMs })
    return { floorMs: allowedMs, isHigher: true, ...waits }
  })

async function floorOf(
  tx: Tx,
  { projection, generation }: Generation,
  { relation, tenant }: WantedFloor,
): Promise<number | undefined> {
  const { rows } = await sql<{ floor: number }>`select floor from
      ${tenant === undefined ? sql`secumon.floors` : sql`secumon.tenant_floors`}
    where projection = ${projection} and version = ${generation} and relation = ${relation}
      ${tenant === undefined ? sql`` : sql`and tenant_id = ${tenant}`}`.execute(tx)
  return rows[0]?.floor
}

async function writeFloor(
  tx: Tx,
  { projection, generation }: Generation,
  { relation, tenant, wantedMs }: WantedFloor,
): Promise<void> {
  const floor = new Date(wantedMs)
  const raised = sql`do update set floor = greatest(held.floor, excluded.floor)`
  const statement =
    tenant === undefined
      ? sql`insert into secumon.floors as held (projection, version, relation, floor)
          values (${projection}, ${generation}, ${relation}, ${floor})
          on conflict (projection, version, relation) ${raised}`
      : sql`insert into secumon.tenant_floors as held (projection, version, relation, tenant_id, floor)
          values (${projection}, ${generation}, ${relation}, ${tenant}, ${floor})
          on conflict (projection, version, relation, tenant_id) ${raised}`
  await statement.execute(tx)
}

/** Up to when everything made of a relation is made, and what is made least far. */
type Bound = { readonly ms: number; readonly by: string }

async function boundOf(
  tx: Tx,
  generation: Generation,
  { feeds, wantedMs }: Pick<KeptRelation, 'feeds'> & { readonly wantedMs: number },
): Promise<Bound> {
  let bound: Bound = { ms: Infinity, by: '' }
  const lower = (ms: number, by: string) => {
    if (ms < bound.ms) bound = { ms, by }
  }
  // Of one that nobody has begun nothing is made, whether its table is there or not.
  for (const rollup of feeds) {
    const untilMs = await untilOf(tx, generation, rollup)
    lower(untilMs, `${rollup}, which is made up to ${timeText(untilMs)}`)
    const dirtyMs = await oldestDirty(tx, generation, { rollup, beforeMs: wantedMs })
    if (dirtyMs !== undefined) lower(dirtyMs, `${rollup}, which has to make ${timeText(dirtyMs)} again`)
  }
  return bound
}

async function untilOf(tx: Tx, generation: Generation, name: string): Promise<number> {
  const row = await tx
    .selectFrom('secumon.rollups')
    .select('until')
    .where('projection', '=', generation.projection)
    .where('version', '=', generation.generation)
    .where('relation', '=', name)
    .forUpdate()
    .executeTakeFirst()
  return row?.until ?? 0
}

async function oldestDirty(
  tx: Tx,
  { projection, generation }: Generation,
  { rollup, beforeMs }: { readonly rollup: string; readonly beforeMs: number },
): Promise<number | undefined> {
  const { rows } = await sql<{ bucket: number | null }>`select min(bucket) as bucket from secumon.rollup_dirty
    where projection = ${projection} and version = ${generation} and relation = ${rollup}
      and bucket < ${new Date(beforeMs)}`.execute(tx)
  return rows[0]?.bucket ?? undefined
}

const timeText = (ms: number): string => (ms <= 0 ? 'nothing' : `${new Date(ms).toISOString().slice(0, 16)}Z`)
