// Simulated agents are for show: their samples go after a day, while everybody else's stay.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '@secumon/infra/database/database'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { liveGeneration, liveSchema } from '@secumon/projections/live-generation'
import { SEALED_SCHEMA } from '@secumon/projections/rebuild/sealed-schema'
import { sql, type RawBuilder } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

export type SimulatedRetentionDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
}

const EVERY_MS = 600_000
const KEPT_MS = 24 * 3_600_000

/** Looks every ten minutes until it is stopped. Several processes may do so. */
export function startSimulatedRetention(deps: SimulatedRetentionDeps): {
  readonly stop: () => Promise<void>
} {
  const stopping = new AbortController()
  const { signal } = stopping
  const done = (async () => {
    while (!signal.aborted) {
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await forget(deps)
    }
  })()
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

async function forget(deps: SimulatedRetentionDeps): Promise<void> {
  try {
    await forgetSimulated(deps.database, deps.clock.nowMs() - KEPT_MS)
  } catch (error) {
    deps.logger.warn(
      { err: error },
      'samples of simulated agents are not removed; tried again in ten minutes',
    )
  }
}

/** Rows that may be gone from the live generation, or about to go: a comparison leaves them out. */
export async function simulatedLeftOut(
  db: Database,
  projection: string,
  nowMs: number,
): Promise<(() => RawBuilder<boolean>) | undefined> {
  if (projection !== 'samples') return undefined
  const agents = await liveSchema(db, 'agents').catch(() => undefined)
  if (agents === undefined) return undefined
  const before = new Date(nowMs - KEPT_MS + EVERY_MS * 2)
  return () => sql<boolean>`(r.time < ${before}
    and r.agent_id in (select agent_id from ${sql.table(`${agents}.agents`)} where simulated))`
}

/** Removes samples of simulated agents from before the time. */
export async function forgetSimulated(db: Database, beforeMs: number): Promise<void> {
  const rows = await db
    .selectFrom('secumon.projection_live')
    .select(['projection', 'schema'])
    .where('projection', 'in', ['samples', 'agents'])
    .execute()
  const schemas = new Map(rows.map(({ projection, schema }) => [projection, schema]))
  const [samples, agents] = [schemas.get('samples'), schemas.get('agents')]
  if (samples === undefined || agents === undefined) return
  const { sealed } = await liveGeneration(db, 'samples')
  for (const schema of sealed ? [samples, SEALED_SCHEMA] : [samples])
    for (const { table } of SAMPLE_TABLES)
      await sql`delete from ${sql.table(`${schema}.${table}`)} where time < ${new Date(beforeMs)}
        and agent_id in (select agent_id from ${sql.table(`${agents}.agents`)} where simulated)`.execute(db)
}
