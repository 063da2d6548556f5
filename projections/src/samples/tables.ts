// The hypertables of the samples: one wide row per agent (and mount, device, interface or process) and tick.

import type { MetricTable } from '@secumon/contracts/metrics'
import type { Column, ColumnKind, RowShape } from '@secumon/infra/database/row-writer'
import { createTimeSeriesTable } from '@secumon/migrations/timescale'
import { sql, type Kysely } from 'kysely'
import {
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
} from './columns.ts'
import type { SampleColumn } from './sample-column.ts'

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

function shape<Sample>(
  table: MetricTable,
  columns: readonly SampleColumn<Sample>[],
  more: readonly Column[] = [],
): RowShape {
  const own = columns.map(({ name, kind }) => ({ name, kind }))
  return { table, columns: [...STAMP_COLUMNS, ...more, ...own] }
}

/** Every table with all its columns. */
export const SAMPLE_TABLES: readonly RowShape[] = [
  HOST_SHAPE,
  { table: 'disk_metrics', columns: union(FILESYSTEM_SHAPE.columns, DEVICE_SHAPE.columns) },
  NETWORK_SHAPE,
  PROCESS_SHAPE,
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

/** Creates the tables in a generation's schema. */
export async function createSamplesTables(db: Kysely<unknown>, schema: string): Promise<void> {
  for (const { table, columns } of SAMPLE_TABLES) {
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
  }
}
