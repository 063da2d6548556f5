// Who keeps less than the platform does.

import { retention, RETENTION_ID, type TenantRetention } from '@secumon/domain/retention/retention'
import { sql, type Kysely } from 'kysely'
import type { StoredActor } from '../alerts/said.ts'
import { NoGeneration, readLive, type LiveGeneration } from '../live-generation.ts'
import type { TenantScope } from '../tenant-scope.ts'
import { RETENTION } from './project.ts'

/** What a tenant keeps, and how it came to that. */
export type RetentionState = {
  /** Empty where it keeps what the platform keeps. */
  readonly days: TenantRetention
  /** Of the aggregate; 0 where nothing was ever set. */
  readonly version: number
  /** Absent where nothing was ever set, and while tables of an older program are read, which does not tell. */
  readonly changed?: RetentionChange
}

export type RetentionChange = {
  readonly atMs: number
  readonly by: StoredActor | null
  /** What was kept until then, and before that; the latest first. */
  readonly earlier: readonly KeptUntil[]
}

type KeptUntil = { readonly untilMs: number; readonly days: TenantRetention }

/**
 * What a change deletes from: what was kept when there was deleted last, or until the change where that is longer ago.
 * @param deletedMs null: never
 */
export function keptBefore({ earlier }: RetentionChange, deletedMs: number | null): TenantRetention {
  const then = earlier.findLast(({ untilMs }) => untilMs > (deletedMs ?? 0))
  return (then ?? earlier[0])?.days ?? {}
}

/** Of one tenant. */
export async function tenantRetention<Tables>(
  db: Kysely<Tables>,
  { tenant }: TenantScope,
): Promise<RetentionState> {
  const rows = await readRows(db, async ({ schema, version }) => {
    // Whatever columns there are: until an upgrade has built its tables, those of the older program are read.
    const { rows: found } = await sql<{
      held: Held
      version: number
    }>`select to_jsonb(r) as held, coalesce(p.last_version, 0)::integer as version
      from ${sql.table(`${schema}.retention`)} r
      left join secumon.aggregate_position p on p.projection = ${RETENTION} and p.version = ${version}
        and p.tenant = r.tenant_id and p.aggregate = ${retention.aggregate} and p.id = ${RETENTION_ID}
      where r.tenant_id = ${tenant}`.execute(db)
    return found
  })
  const [row] = rows
  if (!row) return { days: {}, version: 0 }
  return { days: setDays(row.held), version: row.version, ...changeOf(row.held) }
}

type Row = { readonly [Kind in keyof TenantRetention]-?: number | null }

type Held = Row & {
  readonly changed_at?: string
  readonly changed_by?: StoredActor | null
  readonly earlier?: readonly KeptUntil[]
}

const changeOf = ({
  changed_at: at,
  changed_by: by = null,
  earlier,
}: Held): Pick<RetentionState, 'changed'> =>
  at !== undefined && earlier ? { changed: { atMs: Date.parse(at), by, earlier } } : {}

/** Of all tenants that have set something. */
export async function retentions<Tables>(db: Kysely<Tables>): Promise<ReadonlyMap<string, TenantRetention>> {
  const rows = await readRows(db, async ({ schema }) => {
    const { rows: found } = await sql<
      Row & { readonly tenant: string }
    >`select tenant_id as tenant, raw, rollup5min, rollup1hour, logs
      from ${sql.table(`${schema}.retention`)}`.execute(db)
    return found
  })
  return new Map(rows.map((row) => [row.tenant, setDays(row)]))
}

async function readRows<Tables, Found>(
  db: Kysely<Tables>,
  read: (live: LiveGeneration) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  try {
    return await readLive(db, RETENTION, read)
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
