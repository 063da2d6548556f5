// A year of rollups made by the database, of agents of which it has no samples any more.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { rollupColumns, type RollupColumn } from '@secumon/projections/samples/rollups/columns'
import { ROLLUPS, type Rollup } from '@secumon/projections/samples/rollups/definitions'
import { sql } from 'kysely'
import { TABLES } from './raw-rows.ts'

/** Rollups of the tables that there are samples for. */
export const MADE_ROLLUPS = ROLLUPS.filter(({ table }) => TABLES.some((known) => known === table))

export type RollupDays = {
  readonly schema: string
  readonly rollup: Rollup
  readonly fromMs: number
  readonly toMs: number
  /** As uuids. */
  readonly agents: readonly string[]
}

/** Rows of the same shape as real ones, in the order in which those lie; fewer disks and interfaces. */
export async function insertRollups(db: Database, days: RollupDays): Promise<void> {
  const { rollup, fromMs, toMs, agents } = days
  if (toMs <= fromMs || agents.length === 0) return
  const columns = rollupColumns(rollup)
  const step = sql.lit(`${rollup.resolutionMs / 1_000} seconds`)
  await sql`insert into ${sql.table(await storedIn(db, days))} (${sql.join(columns.map(({ name }) => sql.ref(name)))})
    select ${sql.join(columns.map((column) => sql.raw(valueOf(rollup, column))))}
    from (select t, a from generate_series(${new Date(fromMs)}::timestamptz,
        ${new Date(toMs - rollup.resolutionMs)}::timestamptz, ${step}::interval) as t
      cross join unnest(${agents}::uuid[]) as a order by date_trunc('day', t), a, t) as b
    cross join ${sql.raw(SERIES[rollup.table] ?? SERIES['metrics'] ?? '')}`.execute(db)
}

const SERIES: Record<string, string> = {
  metrics: '(values (1)) as s (k)',
  disk_metrics: `(values ('/', '/dev/sda1'), ('/srv', '/dev/sda2'), (null, 'sda')) as s (mount, device)`,
  network_metrics: `(values ('eth0'), ('wg0')) as s (interface)`,
}

const STAMP: Record<string, string> = {
  time: 'b.t',
  agent_id: 'b.a',
  tenant_id: `'main'`,
  interval_ms: '10000',
}

function valueOf(rollup: Rollup, { name, type }: RollupColumn): string {
  const known = STAMP[name]
  if (known !== undefined) return known
  if (rollup.names.includes(name)) return `s.${name}`
  const rows = rollup.resolutionMs / 10_000
  if (name === 'rows' || name.endsWith('_count')) return String(rows)
  if (name.endsWith('_ms')) return String(rollup.resolutionMs)
  return `(40 + 20 * random())::${type}`
}

// What a continuous aggregate has made lies in a table of its own.
async function storedIn(db: Database, { schema, rollup }: RollupDays): Promise<string> {
  const { rows: view } =
    await sql`select 1 from pg_views where schemaname = ${schema} and viewname = ${rollup.name}`.execute(db)
  if (view.length === 0) return `${schema}.${rollup.name}`
  const { rows } = await sql<{ name: string }>`
    select materialization_hypertable_schema || '.' || materialization_hypertable_name as name
    from timescaledb_information.continuous_aggregates where view_schema = ${schema} and view_name = ${rollup.name}`.execute(
    db,
  )
  return rows[0]?.name ?? `${schema}.${rollup.name}`
}

/** Days for which a rollup is kept, counted back from `nowMs`. */
export const keptFromMs = ({ keptDays }: Rollup, nowMs: number): number => nowMs - keptDays * DAY_MS
