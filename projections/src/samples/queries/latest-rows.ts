// The newest rows of an agent, each table's of its own last tick: warms the latest values after a start.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { MetricTable } from '@secumon/contracts/metrics'
import { sql, type Kysely } from 'kysely'
import { readLive, type LiveGeneration } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { heldRows, newestHeld } from '../held-rows.ts'

/** A row of a sample table: columns by name, the time in epoch milliseconds. */
export type SampleRow = Readonly<
  Record<string, number | string | boolean | readonly (number | string)[] | null>
>

export type LatestRows = {
  readonly metrics: SampleRow | undefined
  /** File systems have a `mount`, block devices have none. */
  readonly disks: readonly SampleRow[]
  readonly networks: readonly SampleRow[]
  readonly processes: readonly SampleRow[]
}

/** Nothing at all of an agent that is not the tenant's. */
export async function latestRows<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  agent: string,
): Promise<LatestRows> {
  return readLive(db, 'samples', async (live) => {
    const newest = (relation: MetricTable) => newestRows(db, scope, { live, relation, agent })
    const [metrics, disks, networks, processes] = await Promise.all([
      newest('metrics'),
      newest('disk_metrics'),
      newest('network_metrics'),
      newest('process_metrics'),
    ])
    return { metrics: metrics[0], disks, networks, processes }
  })
}

type Newest = { readonly live: LiveGeneration; readonly relation: MetricTable; readonly agent: string }

async function newestRows<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { live, relation, agent }: Newest,
): Promise<readonly SampleRow[]> {
  const whose = sql`r.tenant_id = ${scope.tenant} and r.agent_id = ${ulidToUuid(agent)}::uuid`
  const newest = await sql<{ time: number | null }>`
    select ${newestHeld(live, { relation, whose })} as time`.execute(db)
  const fromMs = newest.rows[0]?.time
  if (fromMs === null || fromMs === undefined) return []
  const { rows } = await sql<SampleRow>`select r.* from ${heldRows(live, { relation, agent, fromMs })} as r
    where ${whose} and r.time = ${new Date(fromMs)}`.execute(db)
  return rows
}
