// The table of log lines: a row per line, cut into days by the time of the line.

import type { ColumnKind, RowShape } from '@secumon/infra/database/row-writer'
import { createTimeSeriesTable, isHypertable } from '@secumon/migrations/timescale'
import { sql, type Kysely } from 'kysely'
import { compressOldChunks } from '../samples/continuous/compression.ts'

// Widest first, so that no row carries padding; none is null, so that none carries a bitmap.
const COLUMNS: Readonly<Record<string, ColumnKind>> = {
  time: 'timestamptz',
  sequence: 'bigint',
  agent_id: 'uuid',
  epoch: 'integer',
  line: 'integer',
  severity: 'integer',
  tenant_id: 'text',
  source: 'text',
  unit: 'text',
  message: 'text',
  dropped: 'text',
}

export const LOGS_SHAPE: RowShape = {
  table: 'logs',
  columns: Object.entries(COLUMNS).map(([name, kind]) => ({ name, kind })),
}

// Ascending: lines come in order, and pages that are appended to get full. With the severity in it, histograms need not
// read the lines.
/** Creates the table in a generation's schema. */
export async function createLogTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const definitions = LOGS_SHAPE.columns.map(
    ({ name, kind }) => sql`${sql.ref(name)} ${sql.raw(kind)} not null`,
  )
  await createTimeSeriesTable(db, {
    schema,
    table: LOGS_SHAPE.table,
    columns: sql.join(definitions),
    indexed: sql`agent_id, time`,
  })
  await sql`create index on ${sql.table(`${schema}.${LOGS_SHAPE.table}`)} (tenant_id, time)
    include (severity)`.execute(db)
  if (await isHypertable(db, { schema, table: LOGS_SHAPE.table }))
    await compressOldChunks(db, { schema, table: LOGS_SHAPE.table, names: ['source'] })
}
