// Deletes rows of tenants that keep less than all others, a day at a time, in whatever form a relation is held.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS, listPartitions, partitionName } from '@secumon/migrations/partitions'
import { admitCompressed } from '@secumon/migrations/timescale'
import { sql, type RawBuilder } from 'kysely'
import { dropPackedBefore } from './packed/drop-packed.ts'
import { formOf } from './retention-drop.ts'

/** What of a tenant goes: rows before the time. */
export type TenantCut = { readonly tenant: string; readonly beforeMs: number }

export type TenantRows = {
  readonly schema: string
  readonly table: string
  readonly cuts: readonly TenantCut[]
  /** Ends it between two days. */
  readonly signal: AbortSignal
}

/** Returns how many rows there were. Safe to be killed in the middle: the next call goes on. */
export async function deleteTenants(db: Database, rows: TenantRows): Promise<number> {
  if (rows.cuts.length === 0) return 0
  const form = await formOf(db, rows)
  if (form === undefined) return 0
  const packed = form === 'partitioned' ? await deletePacked(db, rows) : 0
  const days = form === 'partitioned' ? await partitionsOf(db, rows) : await rangesOf(db, rows, form)
  let removed = packed
  // One tenant's part of a day by constants: a join would open what is compressed of everybody.
  for (const day of days)
    for (const { tenant, beforeMs } of rows.cuts.filter((cut) => day.fromMs < cut.beforeMs)) {
      rows.signal.throwIfAborted()
      const to = new Date(Math.min(day.toMs, beforeMs))
      removed += await deleteOnce(
        db,
        sql`delete from ${day.relation} r
          where r.tenant_id = ${tenant} and r.time >= ${new Date(day.fromMs)} and r.time < ${to}`,
      )
    }
  return removed
}

const deleteOnce = (db: Database, statement: RawBuilder<unknown>): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await admitCompressed(tx)
    const { numAffectedRows = 0n } = await statement.execute(tx)
    return Number(numAffectedRows)
  })

type DayRows = { readonly relation: RawBuilder<unknown>; readonly fromMs: number; readonly toMs: number }

const newestCut = ({ cuts }: TenantRows): number => Math.max(...cuts.map(({ beforeMs }) => beforeMs))

const cutsOf = ({ cuts }: TenantRows): RawBuilder<unknown> =>
  sql`unnest(${cuts.map(({ tenant }) => tenant)}::text[],
    ${cuts.map(({ beforeMs }) => new Date(beforeMs))}::timestamptz[]) as c (tenant, before)`

const deletePacked = (db: Database, rows: TenantRows): Promise<number> =>
  dropPackedBefore(db, {
    schema: rows.schema,
    table: rows.table,
    beforeMs: newestCut(rows),
    whose: sql`exists (select from ${cutsOf(rows)} where c.tenant = tenant_id and last < c.before)`,
  })

async function partitionsOf(db: Database, rows: TenantRows): Promise<DayRows[]> {
  const { schema, table } = rows
  const days = (await listPartitions(db, schema)).get(table) ?? []
  return days
    .filter((day) => day * DAY_MS < newestCut(rows))
    .map((day) => ({
      relation: sql.table(`${schema}.${partitionName({ table, day })}`),
      fromMs: day * DAY_MS,
      toMs: (day + 1) * DAY_MS,
    }))
}

async function rangesOf(
  db: Database,
  rows: TenantRows,
  form: 'chunked' | 'table',
): Promise<readonly DayRows[]> {
  const { schema, table } = form === 'chunked' ? await hypertableOf(db, rows) : rows
  const relation = sql.table(`${schema}.${table}`)
  const oldest =
    form === 'table'
      ? sql<{ ms: number | null }>`select min(time) as ms from ${relation}`
      : sql<{ ms: number | null }>`select min(range_start) as ms from timescaledb_information.chunks
          where hypertable_schema = ${schema} and hypertable_name = ${table}`
  const toMs = newestCut(rows)
  const oldestMs = (await oldest.execute(db)).rows[0]?.ms ?? toMs
  const count = Math.max(0, Math.ceil((toMs - oldestMs) / DAY_MS))
  return Array.from({ length: count }, (_, i) => ({
    relation,
    // What came meanwhile may be older than the oldest was.
    fromMs: i === 0 ? 0 : oldestMs + i * DAY_MS,
    toMs: oldestMs + (i + 1) * DAY_MS,
  }))
}

/** A continuous aggregate keeps its rows in a hypertable of its own. */
async function hypertableOf(
  db: Database,
  { schema, table }: Pick<TenantRows, 'schema' | 'table'>,
): Promise<Pick<TenantRows, 'schema' | 'table'>> {
  const { rows } = await sql<{ schema: string; table: string }>`
    select materialization_hypertable_schema as schema, materialization_hypertable_name as table
    from timescaledb_information.continuous_aggregates where view_schema = ${schema} and view_name = ${table}`.execute(
    db,
  )
  return rows[0] ?? { schema, table }
}
