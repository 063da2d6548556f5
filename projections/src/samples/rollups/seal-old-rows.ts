// Rollups of rows that were sealed before there were rollups: made by the job, a day at a time from the newest back, some
// agents in a transaction. Where each begins stands in `secumon.floors`, so that nobody reads what is not made yet; once all
// is made, nothing stands there.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { sql, type QueryExecutorProvider, type RawBuilder } from 'kysely'
import { liveSchema } from '../../live-generation.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import { lockSealed, remakeSealed } from './seal-day.ts'
import { weightOfStatement } from './statements.ts'
import { partsOf, weightsOf } from './weights.ts'

/** Rows measured ahead of the time by a clock that is wrong lie within it. */
const BEYOND_ALL_DAYS = 2

/** The rollup's table in schema `sealed` was just made, and there are rows that it lacks. In the transaction of that. */
export async function awaitSealedRollup(db: QueryExecutorProvider, { name }: Rollup): Promise<void> {
  await sql`insert into secumon.floors (projection, version, relation, floor) values (${SEALED_SCHEMA}, 0, ${name},
      date_trunc('day', now(), 'UTC') + ${`${BEYOND_ALL_DAYS} days`}::interval)
    on conflict (projection, version, relation) do update set floor = excluded.floor`.execute(db)
}

/** Relations of schema `sealed` that something has yet to be made of: nothing of them may go. */
export async function sealedStillNeeded(db: QueryExecutorProvider): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select relation as name from secumon.floors
    where projection = ${SEALED_SCHEMA} and version = 0`.execute(db)
  const unmade = new Set(rows.map(({ name }) => name))
  return new Set(ROLLUPS.filter(({ name }) => unmade.has(name)).map(({ source }) => source))
}

export type SealedRolling = {
  readonly db: Database
  /** For about so long; at least a day is made. */
  readonly forMs: number
  readonly signal: AbortSignal
}

/** Says how far it came; undefined when there is nothing to do. @throws the signal's reason */
export async function rollUpSealed({ db, forMs, signal }: SealedRolling): Promise<string | undefined> {
  const endMs = performance.now() + forMs
  let said: string | undefined
  for (;;) {
    const next = await nextDay(db)
    if (!next) return said
    await makeDay(db, next, signal)
    said = `${next.rollup.name} of sealed rows made back to ${dateOf(next.day)}`
    if (performance.now() >= endMs) return said
  }
}

type SealedDay = { readonly rollup: Rollup; readonly day: number; readonly agents: readonly string[] }

/** Of the finest rollup that is not made whole: coarser ones are made of it. */
async function nextDay(db: Database): Promise<SealedDay | undefined> {
  for (const rollup of ROLLUPS) {
    const floorMs = await floorOf(db, rollup)
    if (floorMs === undefined) continue
    const agents = await agentsIn(db, rollup.source)
    const newestMs = await newestBefore(db, { rollup, agents, beforeMs: floorMs })
    if (newestMs !== undefined) return { rollup, agents, day: Math.floor(newestMs / DAY_MS) }
    await sql`delete from secumon.floors where ${keyOf(rollup)}`.execute(db)
  }
  return undefined
}

async function makeDay(db: Database, { rollup, day, agents }: SealedDay, signal: AbortSignal): Promise<void> {
  const range = { fromMs: day * DAY_MS, toMs: (day + 1) * DAY_MS }
  const weights = await weightsOf(db, await liveSchema(db, 'samples'), rollup)
  for (const some of partsOf(agents, weights, weightOfStatement(range))) {
    signal.throwIfAborted()
    await db.transaction().execute(async (tx) => {
      await lockSealed(tx, rollup)
      await remakeSealed(tx, rollup, { ...range, agents: some })
    })
  }
  await sql`update secumon.floors set floor = ${new Date(range.fromMs)} where ${keyOf(rollup)}`.execute(db)
}

const keyOf = ({ name }: Rollup): RawBuilder<unknown> =>
  sql`(projection, version, relation) = (${SEALED_SCHEMA}, 0, ${name})`

async function floorOf(db: Database, rollup: Rollup): Promise<number | undefined> {
  const { rows } = await sql<{
    floor: number
  }>`select floor from secumon.floors where ${keyOf(rollup)}`.execute(db)
  return rows[0]?.floor
}

// By the index that begins with the agent: there are millions of rows, and hundreds of agents.
async function agentsIn(db: Database, relation: string): Promise<readonly string[]> {
  const table = sql.table(`${SEALED_SCHEMA}.${relation}`)
  const { rows } = await sql<{ agent: string }>`with recursive a as (
      (select agent_id as agent from ${table} order by agent_id limit 1)
      union all select (select agent_id from ${table} where agent_id > a.agent order by agent_id limit 1)
      from a where a.agent is not null)
    select agent from a where agent is not null`.execute(db)
  return rows.map(({ agent }) => agent)
}

type Before = Pick<SealedDay, 'rollup' | 'agents'> & { readonly beforeMs: number }

async function newestBefore(db: Database, { rollup, agents, beforeMs }: Before): Promise<number | undefined> {
  const { rows } = await sql<{ newest: number | null }>`select max(n.time) as newest
    from unnest(${agents}::uuid[]) as a (id) cross join lateral (
      select time from ${sql.table(`${SEALED_SCHEMA}.${rollup.source}`)}
      where agent_id = a.id and time < ${new Date(beforeMs)} order by time desc limit 1) n`.execute(db)
  return rows[0]?.newest ?? undefined
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
