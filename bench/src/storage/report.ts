// What a run has measured, as tables.

import type { MetricTable } from '@secumon/contracts/metrics'
import { ROLLUPS } from '@secumon/projections/samples/rollups/definitions'
import { sql } from 'kysely'
import type { Row } from '../table.ts'
import { daysOf, idsOf, TABLES, type Amounts } from './made-data.ts'
import { askPanel, askSamples, PANELS, RANGES, type Answered } from './panels.ts'
import { valuesADay } from './raw-rows.ts'
import { bytesOf, sizesOf, type Sizes } from './sizes.ts'
import type { Stored } from './squeeze.ts'

export type AllSizes = ReadonlyMap<MetricTable, Sizes>

/** Of every table. */
export async function allSizes(stored: Stored): Promise<AllSizes> {
  const sizes = new Map<MetricTable, Sizes>()
  for (const table of TABLES) sizes.set(table, await sizesOf(stored, table))
  return sizes
}

/** `before` all days are rows, `after` all but the last are squeezed. */
export function sizeRows(amounts: Amounts, before: AllSizes, after: AllSizes): Row[] {
  const tables = TABLES.map((table) => {
    const [days, values] = [daysOf(table, amounts), valuesADay(table) * amounts.sampled]
    const asRows = (before.get(table)?.rowBytes ?? 0) / days
    return { table, values, asRows, squeezed: (after.get(table)?.squeezedBytes ?? 0) / (days - 1) }
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
  for (const { name } of ROLLUPS) {
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

/** A month of one panel, from samples as they lie now. */
export const askMonth = ({ db }: Stored, { sampled, runs, toMs }: Asking): Promise<Answered> =>
  askSamples({
    db,
    panel: PANELS[0],
    range: RANGES.month,
    toMs,
    agents: idsOf(sampled),
    runs: Math.ceil(runs / 5),
  })

/** The same month from samples as rows, squeezed, and from rollups; the best of each is what a calm machine takes. */
export async function monthRows(stored: Stored, asking: Asking, asRows: Answered): Promise<Row[]> {
  const { sampled, runs, toMs } = asking
  const month = { db: stored.db, panel: PANELS[0], range: RANGES.month, toMs, agents: idsOf(sampled), runs }
  const answers = [
    ['rows', asRows],
    ['squeezed days', await askMonth(stored, asking)],
    ['rollups', await askPanel(month)],
  ] as const
  const rollups = answers[2][1]
  return answers.map(([from, answered]) => ({
    from,
    ...times(answered),
    'times as long': answered.bestMs / rollups.bestMs,
  }))
}

const times = ({ bestMs, p50Ms, p95Ms }: Answered): Row => ({ best: bestMs, p50: p50Ms, p95: p95Ms })
