// What a run has measured, as tables.

import { daysOf, idsOf, type Amounts } from './made-data.ts'
import { sql } from 'kysely'
import type { Row } from '../table.ts'
import { BENCH_SCHEMA, type Made } from './kept-data.ts'
import { askPanel, askSamples, PANELS, RANGES, type Answered } from './panels.ts'
import { TABLES, valuesADay } from './raw-rows.ts'
import { bytesOf, squeezedBytesOf } from './sizes.ts'
import type { Stored } from './squeeze.ts'
import { MADE_ROLLUPS } from './year-of-rollups.ts'

/** What a day takes as rows, and squeezed as all days but the newest are. */
export async function sizeRows(stored: Stored, run: Amounts & Pick<Made, 'rowBytes'>): Promise<Row[]> {
  const squeezed = await squeezedBytesOf(stored)
  const tables = TABLES.map((table) => {
    const days = daysOf(table, run)
    return {
      table,
      values: valuesADay(table) * run.sampled,
      asRows: run.rowBytes[table] / days,
      squeezed: squeezed[table] / (days - 1),
    }
  })
  const sum = (of: 'values' | 'asRows' | 'squeezed') => tables.reduce((whole, each) => whole + each[of], 0)
  const all = { table: 'all', values: sum('values'), asRows: sum('asRows'), squeezed: sum('squeezed') }
  return [...tables, all].map(({ table, values, asRows, squeezed }) => ({
    table,
    'values a day': values,
    'MiB a day as rows': asRows / MIB,
    'bytes/value as rows': asRows / values,
    'bytes/value squeezed': squeezed / values,
    times: asRows / squeezed,
  }))
}

const MIB = 2 ** 20

/** What rollups take. */
export async function rollupSizes(stored: Stored): Promise<Row[]> {
  const { db, generation } = stored
  const rows: Row[] = []
  for (const { name } of MADE_ROLLUPS) {
    const relation = sql.table(`${generation.schema}.${name}`)
    const { rows: counted } = await sql<{ n: number }>`select count(*)::int as n from ${relation}`.execute(db)
    const [bytes, n] = [await bytesOf(stored, name), counted[0]?.n ?? 0]
    rows.push({ relation: name, rows: n, MiB: bytes / MIB, 'bytes/row': bytes / n })
  }
  return rows
}

export type Asking = Amounts & { readonly runs: number; readonly toMs: number }

/** Every panel over every range. */
export async function panelRows({ db }: Stored, { sampled, runs, toMs }: Asking): Promise<Row[]> {
  const rows: Row[] = []
  for (const panel of PANELS)
    for (const range of Object.values(RANGES)) {
      const answered = await askPanel({ db, panel, range, toMs, agents: idsOf(sampled), runs })
      rows.push({ panel: panel.name, range: range.name, 'read from': answered.source, ...times(answered) })
    }
  return rows
}

/** A month from samples as rows, squeezed, and from rollups; the best of each is what a calm machine takes. */
export async function monthRows({ db }: Stored, { sampled, runs, toMs }: Asking): Promise<Row[]> {
  const month = { db, panel: PANELS[0], range: RANGES.month, toMs, agents: idsOf(sampled), runs }
  const samples = { ...month, runs: Math.ceil(runs / 5) }
  const rollups = await askPanel(month)
  const answers = [
    ['rows', await askSamples({ ...samples, asRowsIn: BENCH_SCHEMA })],
    ['squeezed days', await askSamples(samples)],
    ['rollups', rollups],
  ] as const
  return answers.map(([from, answered]) => ({
    from,
    ...times(answered),
    'times as long': answered.p50Ms / rollups.p50Ms,
  }))
}

const times = ({ bestMs, p50Ms, p95Ms }: Answered): Row => ({ best: bestMs, p50: p50Ms, p95: p95Ms })
