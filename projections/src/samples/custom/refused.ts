// Values of series beyond a tenant's number: counted for the tenant, and told of once in a while.

import { MAX_CUSTOM_SERIES } from '@secumon/contracts/custom-metrics'
import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { GenerationTx } from '../../projector.ts'
import { tablesOf } from '../../rebuild/columns.ts'

/** By tenant: how many values, and when the last of them arrived. */
export type Refused = ReadonlyMap<string, { readonly values: number; readonly lastMs: number }>

/** In the transaction of the rows that were taken. Tenants in order, so that shards do not wait for one another in a ring. */
export async function countRefused(tx: GenerationTx, schema: string, refused: Refused): Promise<void> {
  if (refused.size === 0) return
  const rows = [...refused].toSorted(([a], [b]) => Number(a > b) - Number(a < b))
  await sql`insert into ${sql.table(`${schema}.custom_refused`)} as r (tenant_id, refused_values, last_refused)
    select * from unnest(${rows.map(([tenant]) => tenant)}::text[], ${rows.map(([, { values }]) => values)}::bigint[],
      ${rows.map(([, { lastMs }]) => new Date(lastMs))}::timestamptz[])
    on conflict (tenant_id) do update set refused_values = r.refused_values + excluded.refused_values,
      last_refused = greatest(r.last_refused, excluded.last_refused)`.execute(tx)
}

/** Forgets that something was refused of tenants of which nothing has been since. */
export async function forgetRefused(db: Database, schema: string, beforeMs: number): Promise<void> {
  // Older code made its generation without.
  if (!(await tablesOf(db, schema)).has('custom_refused')) return
  await sql`delete from ${sql.table(`${schema}.custom_refused`)} where last_refused < ${new Date(beforeMs)}`.execute(
    db,
  )
}

const TOLD_EVERY_MS = 3_600_000

/** Warns of a tenant at most once an hour. */
export function tellRefused(logger: Pick<Logger, 'warn'> | undefined): (refused: Refused) => void {
  const toldAtMs = new Map<string, number>()
  return (refused) => {
    const nowMs = performance.now()
    for (const [tenant, { values }] of refused) {
      if (nowMs - (toldAtMs.get(tenant) ?? -Infinity) < TOLD_EVERY_MS) continue
      toldAtMs.set(tenant, nowMs)
      logger?.warn(
        { tenant, values },
        `custom metrics are not stored: the tenant has its ${MAX_CUSTOM_SERIES} series`,
      )
    }
  }
}
