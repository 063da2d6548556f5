// Who keeps less than the platform does.

import type { TenantRetention } from '@secumon/domain/retention/retention'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { StoredActor } from '../alerts/said.ts'
import { NoGeneration, readLive } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'

/** What a tenant keeps, and how it came to that. */
export type RetentionState = {
  /** Empty where it keeps what the platform keeps. */
  readonly days: TenantRetention
  /** Absent where nothing was ever set. */
  readonly changed?: RetentionChange
}

export type RetentionChange = {
  readonly atMs: number
  readonly by: StoredActor | null
  /** What was kept until then. */
  readonly before: TenantRetention
}

/** Of one tenant. */
export async function tenantRetention<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
): Promise<RetentionState> {
  const rows = await readRows(
    db,
    (table) => sql<Row & RetentionChange>`select *, changed_at as "atMs", changed_by as by from ${table}
      where tenant_id = ${tenant}`,
  )
  const [row] = rows
  if (!row) return { days: {} }
  const { atMs, by, before } = row
  return { days: setDays(row), changed: { atMs, by, before } }
}

type Row = { readonly [Kind in keyof TenantRetention]-?: number | null }

/** Of all tenants that have set something. */
export async function retentions<Tables>(db: Kysely<Tables>): Promise<ReadonlyMap<string, TenantRetention>> {
  const rows = await readRows(
    db,
    (table) => sql<
      Row & { readonly tenant: string }
    >`select tenant_id as tenant, raw, rollup5min, rollup1hour, logs
      from ${table}`,
  )
  return new Map(rows.map((row) => [row.tenant, setDays(row)]))
}

async function readRows<Tables, Found>(
  db: Kysely<Tables>,
  select: (table: RawBuilder<unknown>) => RawBuilder<Found>,
): Promise<readonly Found[]> {
  try {
    return await readLive(
      db,
      'retention',
      async ({ schema }) => (await select(sql.table(`${schema}.retention`)).execute(db)).rows,
    )
  } catch (error) {
    if (error instanceof NoGeneration) return []
    throw error
  }
}

const setDays = ({ raw, rollup5min, rollup1hour, logs }: Row): TenantRetention => ({
  ...(raw !== null && { raw }),
  ...(rollup5min !== null && { rollup5min }),
  ...(rollup1hour !== null && { rollup1hour }),
  ...(logs !== null && { logs }),
})
