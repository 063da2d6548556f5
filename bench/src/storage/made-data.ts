// What a run has: a month of samples, and a year of rollups in front of and beside them.

import { ulidToUuid } from '@secumon/contracts/ids'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { agentId } from '@secumon/projections/testing/recorded'
import { sql } from 'kysely'
import type { Row } from '../table.ts'
import { stepsInto } from './costs.ts'
import { BENCH_SCHEMA, type Made } from './kept-data.ts'
import { insertDay, TABLES } from './raw-rows.ts'
import { rowBytesOf } from './sizes.ts'
import { rollUpTo, squeezeBefore, type Stored } from './squeeze.ts'
import { insertRollups, keptFromMs, MADE_ROLLUPS } from './year-of-rollups.ts'

export type Amounts = {
  /** Of which there is a year of rollups. */
  readonly agents: number
  /** The first of them, of which there are samples, too. */
  readonly sampled: number
  /** Of samples. */
  readonly days: number
}

/** Hosts have samples for all days, everything else for the newest: enough to measure a day, and bearable to wait for. */
const WHOLE_DAYS = 3

/** Days for which a table has rows. */
export const daysOf = (table: string, { days }: Amounts): number =>
  table === 'metrics' ? days : Math.min(days, WHOLE_DAYS)

/** ULIDs of agents. */
export const idsOf = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => agentId(from + i + 1))
const uuidsOf = (count: number, from = 0): string[] => idsOf(count, from).map(ulidToUuid)

/** Makes all of it, up to this midnight; all days but the newest are squeezed. */
export async function makeData(stored: Stored, amounts: Amounts): Promise<Made> {
  const today = Math.floor(Date.now() / DAY_MS)
  const toMs = today * DAY_MS
  const costs: Row[] = []
  const step = stepsInto(costs, amounts.sampled)
  await step('samples are made', () => makeSamples(stored, amounts, today))
  await step('rollups are made of them', () => rollUpTo(stored, toMs))
  const rowBytes = await rowBytesOf(stored)
  await step('a year of rollups is made', () => makeYear(stored, amounts, toMs))
  await step('hosts are kept as rows, too', () => keepRows(stored))
  await step('all days but one are squeezed', () => squeezeBefore(stored, today - 1))
  await step('vacuum, analyze', async () => void (await sql`vacuum analyze`.execute(stored.db)))
  return { toMs, rowBytes, costs }
}

/** Samples of whole days before `today`, which counts from 1970-01-01 UTC. */
async function makeSamples(stored: Stored, amounts: Amounts, today: number): Promise<void> {
  const { db, generation, form } = stored
  const agents = uuidsOf(amounts.sampled)
  const { projection, generation: version, schema } = generation
  await sql`insert into secumon.agent_position
      (projection, version, agent, lane, epoch, sequence, hash, horizon_epoch, horizon_sequence)
    select ${projection}, ${version}, a, 1, 1, 1, '', 1, 1 from unnest(${agents}::uuid[]) a`.execute(db)
  for (let day = today - amounts.days; day < today; day++)
    for (const table of TABLES) {
      if (form === 'partitions') await createPartition(db, { schema, table, day })
      if (today - day <= daysOf(table, amounts)) await insertDay(db, { schema, table, day, agents })
    }
}

/** Where there are no samples, and of agents that never had some; not of the last day, which is rolled up again and again. */
async function makeYear(stored: Stored, amounts: Amounts, toMs: number): Promise<void> {
  const { db, generation } = stored
  const { agents, sampled } = amounts
  for (const rollup of MADE_ROLLUPS) {
    const samplesFromMs = toMs - daysOf(rollup.table, amounts) * DAY_MS
    const span = { schema: generation.schema, rollup, fromMs: keptFromMs(rollup, toMs) }
    await insertRollups(db, { ...span, toMs: samplesFromMs, agents: uuidsOf(sampled) })
    await insertRollups(db, { ...span, toMs: toMs - DAY_MS, agents: uuidsOf(agents - sampled, sampled) })
    await setFloor(stored, rollup.name, keptFromMs(rollup, toMs))
  }
  for (const table of TABLES) await setFloor(stored, table, toMs - amounts.days * DAY_MS)
}

/** A month of hosts as it lies before it is squeezed: `bench.metrics` beside the table itself. */
async function keepRows({ db, generation: { schema } }: Stored): Promise<void> {
  const copy = sql.table(`${BENCH_SCHEMA}.metrics`)
  await sql`create table ${copy} as select * from ${sql.table(`${schema}.metrics`)}`.execute(db)
  await sql`create index on ${copy} (agent_id, time desc)`.execute(db)
}

const setFloor = ({ db, generation }: Stored, relation: string, floorMs: number) =>
  sql`insert into secumon.floors (projection, version, relation, floor)
    values (${generation.projection}, ${generation.generation}, ${relation}, ${new Date(floorMs)})`.execute(
    db,
  )
