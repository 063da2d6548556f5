// Closed days of the samples are packed, and their rows' room is given back. Nothing depends on it: what lies in a pack
// and what lies in a row is read together.

import { DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
import { sql } from 'kysely'
import { QUERIES_FOLLOW_MS } from '../../live-generation.ts'
import { pause } from '../../pause.ts'
import type { JobContext, StorageJob } from '../../storage/storage-job.ts'
import { samplesSchema } from '../days-ahead-job.ts'
import { SAMPLE_TABLES } from '../tables.ts'
import { emptyDay } from './empty-day.ts'
import { lockPacking } from './lock-packing.ts'
import { packDay } from './pack-day.ts'
import { packedName, packedShape, type PackedShape } from './packed-shape.ts'

/** Yesterday's late rows are still on their way. */
const CLOSED_AFTER_DAYS = 2
/** Of one transaction, if a single agent has not more. */
const BATCH_ROWS = 50_000
const ROOM_TO_SORT = sql`set local work_mem = '64MB'`

type Work = JobContext & { readonly schema: string; readonly shape: PackedShape }

export const packClosedDays: StorageJob = {
  name: 'pack-closed-days',
  about: 'packs the samples of days that are over, where the database has no compression of its own',
  schedule: 'daily',
  async run(context) {
    const schema = await samplesSchema(context)
    const last = Math.floor(context.clock.nowMs() / DAY_MS) - CLOSED_AFTER_DAYS
    const held = await listPartitions(context.db, schema)
    let rows = 0
    for (const { table } of SAMPLE_TABLES) {
      const shape = await packedShape(context.db, schema, table)
      const closed = (held.get(table) ?? []).filter((day) => day <= last)
      if (shape) rows += await closeDays({ ...context, schema, shape }, closed)
    }
    return rows > 0 ? `packed ${rows} rows` : undefined
  },
}

async function closeDays(work: Work, days: readonly number[]): Promise<number> {
  let rows = 0
  for (const day of days.toSorted((a, b) => a - b)) rows += await closeDay(work, day)
  return rows
}

async function closeDay(work: Work, day: number): Promise<number> {
  const batches = await batchesOf(work, day)
  if (batches.length > 0) await announce(work)
  for (const { agents } of batches) {
    work.signal.throwIfAborted()
    await work.db.transaction().execute(async (tx) => {
      await lockPacking(tx, work.schema)
      await ROOM_TO_SORT.execute(tx)
      await packDay(tx, { ...work, day, agents })
    })
  }
  work.signal.throwIfAborted()
  await emptyDay(work.db, { ...work, table: work.shape.table, day })
  return batches.reduce((sum, { rows }) => sum + rows, 0)
}

type Batch = { readonly agents: string[]; rows: number }

async function batchesOf({ db, schema, shape: { table } }: Work, day: number): Promise<Batch[]> {
  const { rows: agents } = await sql<{ agent: string; rows: number }>`
    select agent_id as agent, count(*)::int as rows
    from ${sql.table(`${schema}.${partitionName({ table, day })}`)} group by 1 order by 1`.execute(db)
  const batches: Batch[] = []
  for (const { agent, rows } of agents) {
    const last = batches.at(-1)
    if (!last || last.rows + rows > BATCH_ROWS) batches.push({ agents: [agent], rows })
    else {
      last.agents.push(agent)
      last.rows += rows
    }
  }
  return batches
}

// Queries of a process that knows of no packs would miss the first.
async function announce({ db, schema, shape, signal }: Work): Promise<void> {
  const { rows } =
    await sql`select from ${sql.table(`${schema}.${packedName(shape.table)}`)} limit 1`.execute(db)
  if (rows.length === 0) await pause(QUERIES_FOLLOW_MS * 2, signal)
}
