// Closed days of the samples are packed, and their rows' room is given back. Nothing depends on it: what lies in a pack
// and what lies in a row is read together.

import type { Database } from '@secumon/infra/database/database'
import { createPartition, DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import pg from 'pg'
import { QUERIES_FOLLOW_MS } from '../../live-generation.ts'
import { pause } from '../../pause.ts'
import type { StorageJob } from '../../storage/storage-job.ts'
import { samplesSchema } from '../days-ahead-job.ts'
import { SAMPLE_TABLES } from '../tables.ts'
import { emptyDay } from './empty-day.ts'
import { lockPacking } from './lock-packing.ts'
import { packDay, type DayOfAgents } from './pack-day.ts'
import { packedName, packedShape, type PackedShape } from './packed-shape.ts'

/** Yesterday's late rows are still on their way. */
const CLOSED_AFTER_DAYS = 2
/** Of one transaction, if a single agent has not more. */
const BATCH_ROWS = 50_000
const UNDEFINED_TABLE = '42P01'
const ROOM_TO_SORT = sql`set local work_mem = '64MB'`

export const packClosedDays: StorageJob = {
  name: 'pack-closed-days',
  about: 'packs the samples of days that are over, where the database has no compression of its own',
  schedule: 'daily',
  async run({ db, clock, settledMs, signal, queriesFollowMs = QUERIES_FOLLOW_MS }) {
    const schema = await samplesSchema({ db })
    const today = Math.floor(Math.min(clock.nowMs(), settledMs ?? Infinity) / DAY_MS)
    const days = await closedDays(db, schema, today - CLOSED_AFTER_DAYS)
    const batches: Batch[] = []
    for (const day of days) batches.push(...(await batchesOf(db, day)))
    if (batches.length > 0 && (await areFirst(db, days))) await pause(queriesFollowMs * 2, signal)
    for (const batch of batches) {
      signal.throwIfAborted()
      await unlessDropped(packBatch(db, batch))
    }
    for (const { shape, ...day } of days) {
      signal.throwIfAborted()
      await unlessDropped(emptyDay(db, { ...day, table: shape.table }))
    }
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
    return rows > 0 ? `packed ${rows} rows` : undefined
  },
}

type ClosedDay = Omit<DayOfAgents, 'agents'>

async function closedDays(db: Database, schema: string, last: number): Promise<ClosedDay[]> {
  const held = await listPartitions(db, schema)
  const closed: ClosedDay[] = []
  for (const { table } of SAMPLE_TABLES) {
    const shape = await packedShape(db, schema, table)
    const days = (held.get(table) ?? []).filter((day) => day <= last)
    if (shape) closed.push(...days.map((day) => ({ schema, shape, day })))
  }
  return closed.toSorted((a, b) => a.day - b.day)
}

type Batch = DayOfAgents & { readonly agents: string[]; rows: number }

async function batchesOf(db: Database, closed: ClosedDay): Promise<Batch[]> {
  const { schema, shape, day } = closed
  const { rows: agents } = await sql<{ agent: string; rows: number }>`
    select agent_id as agent, count(*)::int as rows
    from ${sql.table(`${schema}.${partitionName({ table: shape.table, day })}`)} group by 1 order by 1`.execute(
    db,
  )
  const batches: Batch[] = []
  for (const { agent, rows } of agents) {
    const last = batches.at(-1)
    if (!last || last.rows + rows > BATCH_ROWS) batches.push({ ...closed, agents: [agent], rows })
    else {
      last.agents.push(agent)
      last.rows += rows
    }
  }
  return batches
}

// Queries of a process that knows of no packs yet would miss them.
async function areFirst(db: Database, days: readonly ClosedDay[]): Promise<boolean> {
  const shapes = new Map<PackedShape, string>(days.map(({ shape, schema }) => [shape, schema]))
  for (const [{ table }, schema] of shapes) {
    const packs = sql.table(`${schema}.${packedName(table)}`)
    if ((await sql`select from ${packs} limit 1`.execute(db)).rows.length === 0) return true
  }
  return false
}

// Retention may have taken the day meanwhile.
const unlessDropped = (work: Promise<void>): Promise<void> =>
  work.catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE)) throw error
  })

async function packBatch(db: Database, batch: Batch): Promise<void> {
  await createPartition(db, { ...batch, table: packedName(batch.shape.table) })
  await db.transaction().execute(async (tx) => {
    await lockPacking(tx, batch.schema)
    await ROOM_TO_SORT.execute(tx)
    await packDay(tx, batch)
  })
}
