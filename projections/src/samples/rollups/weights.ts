// How many rows agents have in ten seconds, about. Pieces of work are measured by it: what one statement makes is what a
// stop waits for, and bounded in time.

import { sql, type QueryExecutorProvider } from 'kysely'
import { tablesOf } from '../../rebuild/columns.ts'
import type { Rollup } from './definitions.ts'

export type Weights = {
  /** Rows of an agent in ten seconds. */
  readonly of: (agent: string) => number
  /** Of the agent that has most. */
  readonly heaviest: number
}

const allWeigh = (weight: number): Weights => ({ of: () => weight, heaviest: weight })

/** Each check is a row; few agents have more of them in that time. */
const CHECKS = 10

/** What agents weigh, in the table that a rollup is made of. */
export async function weightsOf(
  db: QueryExecutorProvider,
  schema: string,
  { table }: Pick<Rollup, 'table'>,
): Promise<Weights> {
  if (table === 'check_metrics') return allWeigh(CHECKS)
  if (table !== 'custom_metrics' || !(await tablesOf(db, schema)).has('custom_series')) return allWeigh(1)
  const { rows } = await sql<{ agent: string; series: number }>`select agent_id as agent,
    count(*)::integer as series from ${sql.table(`${schema}.custom_series`)} group by 1`.execute(db)
  const series = new Map(rows.map(({ agent, series: count }) => [agent, count]))
  return { of: (agent) => series.get(agent) ?? 1, heaviest: Math.max(1, ...series.values()) }
}

/** What all of them weigh. */
export const sumOf = (weights: Weights, agents: readonly string[]): number =>
  agents.reduce((sum, agent) => sum + weights.of(agent), 0)

/** Agents in their order, in parts that weigh at most so much, or are one agent that weighs more. */
export function partsOf(agents: readonly string[], weights: Weights, most: number): readonly string[][] {
  const parts: string[][] = []
  let weight = Infinity
  for (const agent of agents) {
    weight += weights.of(agent)
    if (weight > most) {
      parts.push([])
      weight = weights.of(agent)
    }
    parts.at(-1)?.push(agent)
  }
  return parts
}
