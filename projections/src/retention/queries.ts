// Who keeps less than the platform does.

import type { TenantRetention } from '@secumon/domain/retention/retention'
import { sql, type Kysely } from 'kysely'
import { NoGeneration, readLive } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'

/** Of one tenant; empty where it keeps what the platform keeps. */
export async function tenantRetention<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
): Promise<TenantRetention> {
  return (await retentions(db)).get(tenant) ?? {}
}

type Row = { readonly [Kind in keyof TenantRetention]-?: number | null } & { readonly tenant: string }

/** Of all tenants that have set something. */
export async function retentions<Tables>(db: Kysely<Tables>): Promise<ReadonlyMap<string, TenantRetention>> {
  try {
    return await readLive(db, 'retention', async ({ schema }) => {
      const { rows } = await sql<Row>`select tenant_id as tenant, raw, rollup5min, rollup1hour, logs
        from ${sql.table(`${schema}.retention`)}`.execute(db)
      return new Map(rows.map((row) => [row.tenant, setDays(row)]))
    })
  } catch (error) {
    if (error instanceof NoGeneration) return new Map()
    throw error
  }
}

const setDays = ({ raw, rollup5min, rollup1hour, logs }: Row): TenantRetention => ({
  ...(raw !== null && { raw }),
  ...(rollup5min !== null && { rollup5min }),
  ...(rollup1hour !== null && { rollup1hour }),
  ...(logs !== null && { logs }),
})
