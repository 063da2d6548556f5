// What a run has: a month of samples, and a year of rollups in front of and beside them.

import { METRICS, type MetricTable } from '@secumon/contracts/metrics'
import { ulidToUuid } from '@secumon/contracts/ids'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { ROLLUPS } from '@secumon/projections/samples/rollups/definitions'
import { agentId } from '@secumon/projections/testing/recorded'
import { sql } from 'kysely'
import { insertDay } from './raw-rows.ts'
import type { Stored } from './squeeze.ts'
import { insertRollups, keptFromMs } from './year-of-rollups.ts'

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

export const TABLES: readonly MetricTable[] = [...new Set(METRICS.map(({ table }): MetricTable => table))]

/** Days for which a table has rows. */
export const daysOf = (table: MetricTable, { days }: Amounts): number =>
  table === 'metrics' ? days : Math.min(days, WHOLE_DAYS)

/** ULIDs of agents. */
export const idsOf = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => agentId(from + i + 1))
const uuidsOf = (count: number, from = 0): string[] => idsOf(count, from).map(ulidToUuid)

/** Samples of whole days before `today`, which counts from 1970-01-01 UTC. */
export async function makeSamples(stored: Stored, amounts: Amounts, today: number): Promise<void> {
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

/** Where there are no samples any more, and of agents that never had some. */
export async function makeYear(
  stored: Stored,
  { agents, sampled, days }: Amounts,
  toMs: number,
): Promise<void> {
  const { db, generation } = stored
  const rawFromMs = toMs - days * DAY_MS
  for (const rollup of ROLLUPS) {
    const span = { schema: generation.schema, rollup, fromMs: keptFromMs(rollup, toMs) }
    await insertRollups(db, { ...span, toMs: rawFromMs, agents: uuidsOf(sampled) })
    await insertRollups(db, { ...span, toMs, agents: uuidsOf(agents - sampled, sampled) })
    await setFloor(stored, rollup.name, keptFromMs(rollup, toMs))
  }
  for (const table of TABLES) await setFloor(stored, table, rawFromMs)
}

const setFloor = ({ db, generation }: Stored, relation: string, floorMs: number) =>
  sql`insert into secumon.floors (projection, version, relation, floor)
    values (${generation.projection}, ${generation.generation}, ${relation}, ${new Date(floorMs)})`.execute(
    db,
  )
