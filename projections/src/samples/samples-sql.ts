// The samples of one metric as they are stored.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { Metric } from '@secumon/contracts/metrics'
import { sql, type RawBuilder } from 'kysely'
import type { LiveGeneration } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'
import { rowsOf, valueOf } from './dimension-rows.ts'
import { heldRows } from './held-rows.ts'

export type SamplesQuery = {
  readonly live: LiveGeneration
  readonly scope: TenantScope
  readonly agent: string
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  readonly limit: number
}

/** One sample of a metric as it is stored. */
export type StoredSample = {
  readonly at_ms: number
  readonly interval_ms: number
  readonly name: string | null
  readonly value: number | null
}

/** The samples of one metric, the newest first. */
export function samplesStatement(metric: Metric, query: SamplesQuery): RawBuilder<StoredSample> {
  const { live, scope, agent, fromMs, toMs, limit } = query
  const { name, columns, from = sql``, where = sql`true` } = rowsOf(metric)
  const wanted = {
    relation: metric.table,
    columns: [...new Set([...columns, metric.column])],
    agent,
    fromMs,
    toMs,
  }
  return sql<StoredSample>`select (extract(epoch from r.time) * 1000)::float8 as at_ms, r.interval_ms,
      ${name} as name, ${valueOf(metric)}::float8 as value
    from ${heldRows(live, wanted)} as r ${from}
    where r.tenant_id = ${scope.tenant} and r.agent_id = ${ulidToUuid(agent)}::uuid
      and r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)} and ${where}
    order by r.time desc limit ${limit}`
}
