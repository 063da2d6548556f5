// How large a relation is: from catalogue and statistics, so that asking costs little however much is stored.

import { CUSTOM_COLUMNS } from '@secumon/contracts/custom-metrics'
import { METRICS } from '@secumon/contracts/metrics'
import type { Database } from '@secumon/infra/database/database'
import { sql, type RawBuilder } from 'kysely'
import type { Form } from './relations.ts'

export type Size = {
  readonly bytes: number
  /** About so many. */
  readonly rows: number
  /** About what one value of a metric takes; null where that is not known. */
  readonly bytesPerValue: number | null
}

type Sized = { readonly schema: string; readonly name: string; readonly form: Form }

const COLUMNS = [...new Set([...METRICS.map(({ column }) => column), ...Object.values(CUSTOM_COLUMNS)])]
/** Packs that are looked into to know how many rows one has. */
const LOOKED_INTO = 1_000
/** Of fewer, most of what they take is what empty tables take. */
const FEWEST_VALUES = 100_000

/** What is asked of a relation that was dropped meanwhile is nothing. */
export async function sizeOf(db: Database, relation: Sized): Promise<Size> {
  if (relation.form === 'hypertable' || relation.form === 'aggregate') return chunkedSize(db, relation)
  const { schema, name } = relation
  const { rows } = await sql<{ bytes: number; rows: number; values: number | null }>`
    select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 as bytes,
      coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 as rows,
      sum(greatest(c.reltuples, 0) * s.values)::float8 as values
    from ${partsOf(relation)} p join pg_class c on c.oid = p.oid
    left join lateral (select sum(1 - st.null_frac) as values from pg_stats st
      where st.schemaname = ${schema} and st.tablename = c.relname and st.attname = any (${COLUMNS})) s on true`.execute(
    db,
  )
  const { bytes = 0, rows: entries = 0, values = null } = rows[0] ?? {}
  const each = name.endsWith('_packed') ? await rowsPerPack(db, relation) : 1
  const bytesPerValue = values === null || values * each < FEWEST_VALUES ? null : bytes / (values * each)
  return { bytes, rows: Math.round(entries * each), bytesPerValue }
}

const partsOf = ({ schema, name, form }: Sized): RawBuilder<unknown> => {
  const relation = sql`to_regclass(format('%I.%I', ${schema}::text, ${name}::text))`
  return form === 'partitioned'
    ? sql`(select relid as oid from pg_partition_tree(${relation}) where isleaf)`
    : sql`(select ${relation}::oid as oid)`
}

async function rowsPerPack(db: Database, { schema, name }: Sized): Promise<number> {
  const { rows } = await sql<{ mean: number | null }>`select avg(rows)::float8 as mean
    from (select rows from ${sql.table(`${schema}.${name}`)} limit ${LOOKED_INTO}) as packs`.execute(db)
  return rows[0]?.mean ?? 0
}

async function chunkedSize(db: Database, { schema, name, form }: Sized): Promise<Size> {
  const relation =
    form === 'hypertable'
      ? sql`format('%I.%I', ${schema}::text, ${name}::text)::regclass`
      : sql`(select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass
          from timescaledb_information.continuous_aggregates where view_schema = ${schema} and view_name = ${name})`
  const { rows } = await sql<{ bytes: number | null; rows: number | null }>`
    select hypertable_size(${relation})::float8 as bytes, approximate_row_count(${relation})::float8 as rows`.execute(
    db,
  )
  return { bytes: rows[0]?.bytes ?? 0, rows: rows[0]?.rows ?? 0, bytesPerValue: null }
}
