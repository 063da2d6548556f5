// How much room what is stored takes, with indexes and all that lies beside a table.

import { sql, type RawBuilder } from 'kysely'
import type { SampledTable } from './raw-rows.ts'
import type { Stored } from './squeeze.ts'

type Sizes = {
  /** Rows as written. */
  readonly rowBytes: number
  /** Packs, or compressed chunks. */
  readonly squeezedBytes: number
}

/** Bytes of each sample table that are rows as written. */
export const rowBytesOf = (stored: Stored): Promise<BytesOfTables> => ofAll(stored, 'rowBytes')

/** Bytes of each sample table that are packs, or compressed chunks. */
export const squeezedBytesOf = (stored: Stored): Promise<BytesOfTables> => ofAll(stored, 'squeezedBytes')

export type BytesOfTables = Readonly<Record<SampledTable, number>>

async function ofAll(stored: Stored, which: keyof Sizes): Promise<BytesOfTables> {
  const bytes = async (table: SampledTable) => (await sizesOf(stored, table))[which]
  return {
    metrics: await bytes('metrics'),
    disk_metrics: await bytes('disk_metrics'),
    network_metrics: await bytes('network_metrics'),
    process_metrics: await bytes('process_metrics'),
  }
}

async function sizesOf({ db, generation, form }: Stored, table: SampledTable): Promise<Sizes> {
  const { schema } = generation
  const { rows } =
    form === 'partitions'
      ? await sql<Sizes>`select
          ${daysOf(`${schema}.${table}`)} as "rowBytes",
          ${daysOf(`${schema}.${table}_packed`)} as "squeezedBytes"`.execute(db)
      : await sql<Sizes>`select
          coalesce(sum(d.total_bytes) filter (where not c.is_compressed), 0)::float8 as "rowBytes",
          coalesce(sum(d.total_bytes) filter (where c.is_compressed), 0)::float8 as "squeezedBytes"
        from chunks_detailed_size(${`${schema}.${table}`}::regclass) d
        join timescaledb_information.chunks c using (chunk_schema, chunk_name)`.execute(db)
  return rows[0] ?? { rowBytes: 0, squeezedBytes: 0 }
}

const daysOf = (table: string): RawBuilder<unknown> =>
  sql`(select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::float8 from pg_inherits i
    where i.inhparent = ${table}::regclass)`

/** Of any table or continuous aggregate. */
export async function bytesOf({ db, generation, form }: Stored, relation: string): Promise<number> {
  const name = `${generation.schema}.${relation}`
  const size = form === 'partitions' ? sql`pg_total_relation_size` : sql`hypertable_size`
  const { rows } = await sql<{ bytes: number }>`select ${size}(${name}::regclass)::float8 as bytes`.execute(
    db,
  )
  return rows[0]?.bytes ?? 0
}
