// The tables of the samples: one wide row per agent (and mount, device, interface, process or check) and tick. What
// programs of a host publish themselves has a row for each value.

import type { MetricTable } from '@secumon/contracts/metrics'
import type { Column, ColumnKind, RowShape } from '@secumon/infra/database/row-writer'
import { createTimeSeriesTable } from '@secumon/migrations/timescale'
import { sql, type Kysely } from 'kysely'
import { tablesOf } from '../rebuild/columns.ts'
import { SEALED_SCHEMA } from '../rebuild/sealed-schema.ts'
import {
  CHECK_COLUMNS,
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
} from './columns.ts'
import { CUSTOM_VALUE_COLUMNS } from './custom/custom-columns.ts'
import { ASKED_BY } from './rollups/definitions.ts'
import type { SampleColumn } from './sample-column.ts'

type SampleTable = RowShape & { readonly table: MetricTable }

/** Columns that every row has, written first. */
export const STAMP_COLUMNS: readonly Column[] = [
  { name: 'time', kind: 'timestamptz' },
  { name: 'agent_id', kind: 'uuid' },
  { name: 'interval_ms', kind: 'integer' },
  { name: 'tenant_id', kind: 'text' },
]

/** The agent's clock was too far off to be taken at its word. */
const CLOCK_COLUMN: Column = { name: 'clock_corrected', kind: 'boolean' }

export const HOST_SHAPE = shape('metrics', HOST_COLUMNS, [CLOCK_COLUMN])
export const FILESYSTEM_SHAPE = shape('disk_metrics', FILESYSTEM_COLUMNS)
export const DEVICE_SHAPE = shape('disk_metrics', DEVICE_COLUMNS)
export const NETWORK_SHAPE = shape('network_metrics', NETWORK_COLUMNS)
export const PROCESS_SHAPE = shape('process_metrics', PROCESS_COLUMNS)
export const CHECK_SHAPE = shape('check_metrics', CHECK_COLUMNS)
export const CUSTOM_SHAPE = shape('custom_metrics', CUSTOM_VALUE_COLUMNS)

function shape<Sample>(
  table: MetricTable,
  columns: readonly SampleColumn<Sample>[],
  more: readonly Column[] = [],
): SampleTable {
  const own = columns.map(({ name, kind }) => ({ name, kind }))
  return { table, columns: [...STAMP_COLUMNS, ...more, ...own] }
}

/** Every table with all its columns. */
export const SAMPLE_TABLES: readonly SampleTable[] = [
  HOST_SHAPE,
  { table: 'disk_metrics', columns: union(FILESYSTEM_SHAPE.columns, DEVICE_SHAPE.columns) },
  NETWORK_SHAPE,
  PROCESS_SHAPE,
  CHECK_SHAPE,
  CUSTOM_SHAPE,
]

function union(first: readonly Column[], second: readonly Column[]): Column[] {
  const known = new Set(first.map(({ name }) => name))
  return [...first, ...second.filter(({ name }) => !known.has(name))]
}

// Values are stored on multiples of their size: wide ones first, or every row would carry padding.
const ALIGNMENT: Record<ColumnKind, number> = {
  timestamptz: 0,
  bigint: 0,
  'double precision': 0,
  uuid: 1,
  integer: 2,
  real: 2,
  boolean: 3,
  text: 4,
  'text[]': 5,
  'real[]': 5,
}

const REQUIRED = new Set([...STAMP_COLUMNS, CLOCK_COLUMN].map(({ name }) => name))

/** Creates those that a generation's schema lacks; and in `sealed`, where that is in use. */
export async function createSamplesTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const held = await tablesOf(db, schema)
  for (const shape of SAMPLE_TABLES.filter(({ table }) => !held.has(table)))
    await createSamplesTable(db, schema, shape)
  const sealed = await tablesOf(db, SEALED_SCHEMA)
  if (!sealed.has(HOST_SHAPE.table)) return
  for (const { table } of SAMPLE_TABLES.filter((shape) => !sealed.has(shape.table)))
    await sql`create table ${sql.table(`${SEALED_SCHEMA}.${table}`)}
      (like ${sql.table(`${schema}.${table}`)} including all)`.execute(db)
}

async function createSamplesTable(
  db: Kysely<unknown>,
  schema: string,
  { table, columns }: SampleTable,
): Promise<void> {
  const sorted = columns.toSorted((a, b) => ALIGNMENT[a.kind] - ALIGNMENT[b.kind])
  const definitions = sorted.map(
    ({ name, kind }) =>
      sql`${sql.ref(name)} ${sql.raw(kind)} ${sql.raw(REQUIRED.has(name) ? 'not null' : '')}`,
  )
  await createTimeSeriesTable(db, {
    schema,
    table,
    columns: sql.join(definitions),
    indexed: sql`agent_id, time desc`,
  })
  const named = ASKED_BY[table]
  if (named !== undefined)
    await sql`create index on ${sql.table(`${schema}.${table}`)} (agent_id, ${sql.ref(named)}, time desc)`.execute(
      db,
    )
}
