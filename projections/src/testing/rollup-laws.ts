// The law of rollups: what they hold is what anybody finds who computes it from the rows as measured, one by one. Whole
// numbers are equal; of others, means are, up to what adding in another order may change.

import { sql, type Kysely } from 'kysely'
import assert from 'node:assert/strict'
import type { Generation } from '../generations.ts'
import { heldRows } from '../samples/held-rows.ts'
import {
  deltaColumns,
  gaugeColumns,
  metricsOf,
  ROLLUPS,
  type Rollup,
} from '../samples/rollups/definitions.ts'
import { SAMPLE_TABLES } from '../samples/tables.ts'
import type { LiveGeneration } from '../live-generation.ts'

type Row = Readonly<Record<string, unknown>>

export type RolledUp = {
  readonly db: Kysely<unknown>
  readonly generation: Pick<Generation, 'schema'> & Partial<Pick<LiveGeneration, 'packed' | 'sealed'>>
  /** Only buckets that lie there are compared; absent: all. */
  readonly fromMs?: number
  readonly toMs?: number
}

/** Means may differ by this, relative to the largest value they are made of. */
const TOLERANCE = 1e-12

/** Compares every rollup with its brute-force recomputation; returns how many rows they have. */
export async function assertRollupsAreRight(rolledUp: RolledUp): Promise<number> {
  let rows = 0
  for (const rollup of ROLLUPS) rows += await assertRollupIsRight(rolledUp, rollup)
  return rows
}

async function assertRollupIsRight(rolledUp: RolledUp, rollup: Rollup): Promise<number> {
  const { generation } = rolledUp
  const place = { version: 0, sealed: false, packed: false, ...generation }
  const raw = await rowsOf(rolledUp, sql`${heldRows(place, { relation: rollup.table })}`)
  const buckets = Map.groupBy(raw, (row) => keyOf(rollup, row, startOf(rollup, row)))
  const made = await rowsOf(rolledUp, sql.table(`${generation.schema}.${rollup.name}`))
  const held = new Map(made.map((row) => [keyOf(rollup, row, Number(row['time'])), row]))
  assert.equal(held.size, made.length, `${rollup.name} has two rows of one bucket`)
  assert.deepEqual([...held.keys()].toSorted(), [...buckets.keys()].toSorted(), `buckets of ${rollup.name}`)
  for (const [key, rows] of buckets)
    assertSame(`${rollup.name} ${key}`, held.get(key) ?? {}, recomputed(rollup, rows))
  return made.length
}

async function rowsOf(
  { db, fromMs = -8e15, toMs = 8e15 }: RolledUp,
  from: ReturnType<typeof sql>,
): Promise<Row[]> {
  const { rows } = await sql<Row>`select * from ${from} as r`.execute(db)
  return rows.filter((row) => Number(row['time']) >= fromMs && Number(row['time']) < toMs)
}

const startOf = ({ resolutionMs }: Rollup, row: Row): number =>
  Math.floor(Number(row['time']) / resolutionMs) * resolutionMs

const keyOf = ({ names }: Rollup, row: Row, bucketMs: number): string =>
  JSON.stringify([bucketMs, row['tenant_id'], row['agent_id'], ...names.map((name) => row[name])])

/** What a bucket's rows come to. Means say beside their value how large what they are made of was. */
function recomputed(rollup: Rollup, rows: readonly Row[]): Row {
  const made: Record<string, unknown> = {
    rows: rows.length,
    interval_ms: Math.max(...rows.map((row) => Number(row['interval_ms']))),
  }
  for (const { column, kind } of metricsOf(rollup)) {
    const present = rows.filter((row) => row[column] !== null)
    const values = present.map((row) => Number(row[column]))
    if (kind === 'gauge') {
      const names = gaugeColumns(column)
      made[names.avg] = meanOf(values, kindOf(rollup.table, column))
      made[names.min] = least(values)
      made[names.max] = most(values)
      made[names.count] = values.length
    } else {
      const names = deltaColumns(column)
      const rates = present
        .filter((row) => row['interval_ms'] !== 0)
        .map((row) => (Number(row[column]) * 1000) / Number(row['interval_ms']))
      made[names.sum] = sumOf(values)
      made[names.ms] = sumOf(present.map((row) => Number(row['interval_ms'])))
      made[names.min] = least(rates)
      made[names.max] = most(rates)
      made[names.count] = values.length
    }
  }
  return made
}

type Mean = { readonly mean: number; readonly largest: number }

// A real is read in its shortest form, which is not quite what is stored.
function meanOf(values: readonly number[], kind: string | undefined): Mean | null {
  if (values.length === 0) return null
  const stored = kind === 'real' ? values.map(Math.fround) : values
  const mean = stored.reduce((sum, value) => sum + value, 0) / stored.length
  return { mean, largest: Math.max(...stored.map(Math.abs)) }
}

const kindOf = (table: string, column: string): string | undefined =>
  SAMPLE_TABLES.find((shape) => shape.table === table)?.columns.find(({ name }) => name === column)?.kind

const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values))
const most = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values))
const sumOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)

function assertSame(what: string, held: Row, wanted: Row): void {
  for (const [column, value] of Object.entries(wanted)) {
    const found = held[column]
    if (value === null || typeof value === 'number') assert.equal(found, value, `${column} of ${what}`)
    else assertClose(`${column} of ${what}`, Number(found), value as Mean)
  }
}

function assertClose(what: string, found: number, { mean, largest }: Mean): void {
  const apart = Math.abs(found - mean)
  assert.ok(apart <= TOLERANCE * Math.max(largest, Number.MIN_VALUE), `${what} is ${found}, not ${mean}`)
}
