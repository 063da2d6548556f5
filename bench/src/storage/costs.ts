// What the upkeep of one day of all sampled agents takes. It is undone and done again, so that a kept database is left as
// it was found.

import { DAY_MS, partitionName } from '@secumon/migrations/partitions'
import { unpackDay } from '@secumon/projections/samples/packed/all-rows'
import { packedName } from '@secumon/projections/samples/packed/packed-shape'
import { sql } from 'kysely'
import type { Row } from '../table.ts'
import { TABLES } from './raw-rows.ts'
import { chunksBefore, rollUpTo, squeezeBefore, type Stored } from './squeeze.ts'
import { MADE_ROLLUPS } from './year-of-rollups.ts'

type Day = { readonly toMs: number; readonly sampled: number }

/** Does something and says how long it took. */
export type Step = (what: string, work: () => Promise<void>) => Promise<void>

/** Of the newest day its rollups, of the one before it the squeezing. */
export async function measureCosts(stored: Stored, { toMs, sampled }: Day): Promise<Row[]> {
  const costs: Row[] = []
  const step = stepsInto(costs, sampled)
  await forgetRollups(stored, toMs)
  await step('rollups', () => rollUpAgain(stored, toMs))
  await openDay(stored, toMs / DAY_MS - 2)
  await step('squeezing', () => squeezeBefore(stored, toMs / DAY_MS - 1))
  return costs
}

/** Adds a row for each step: how long it took, and how long for an agent. */
export const stepsInto =
  (costs: Row[], agents: number): Step =>
  async (what, work) => {
    const startedMs = performance.now()
    await work()
    const seconds = (performance.now() - startedMs) / 1_000
    costs.push({ what, seconds, 'ms/agent': (seconds * 1_000) / agents })
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${what}`)
  }

async function forgetRollups({ db, generation, form }: Stored, toMs: number): Promise<void> {
  if (form === 'hypertables') return
  const { projection, generation: version, schema } = generation
  const from = new Date(toMs - DAY_MS)
  for (const { name } of MADE_ROLLUPS) {
    await sql`delete from ${sql.table(`${schema}.${name}`)} where time >= ${from}`.execute(db)
    await sql`update secumon.rollups set until = ${from}, stepping_to = ${from}
      where (projection, version, relation) = (${projection}, ${version}, ${name})`.execute(db)
  }
}

// What the database made by itself it makes again when it is told to.
async function rollUpAgain(stored: Stored, toMs: number): Promise<void> {
  const { db, generation, form } = stored
  if (form === 'partitions') return rollUpTo(stored, toMs)
  for (const { name } of MADE_ROLLUPS)
    await sql`call refresh_continuous_aggregate(${`${generation.schema}.${name}`}::regclass,
      ${new Date(toMs - DAY_MS)}::timestamptz, ${new Date(toMs)}::timestamptz, force => true)`.execute(db)
}

async function openDay(stored: Stored, day: number): Promise<void> {
  const { db, generation, form } = stored
  const { schema } = generation
  if (form === 'hypertables') {
    const newest = await chunksBefore(stored, { day: day + 1, isCompressed: true })
    for (const chunk of newest.slice(-TABLES.length))
      await sql`select decompress_chunk(${chunk}::regclass)`.execute(db)
    return
  }
  for (const table of TABLES)
    await db.transaction().execute(async (tx) => {
      await unpackDay(tx, { schema, table, day, whose: sql`true` })
      const packs = partitionName({ table: packedName(table), day })
      await sql`truncate ${sql.table(`${schema}.${packs}`)}`.execute(tx)
    })
}
