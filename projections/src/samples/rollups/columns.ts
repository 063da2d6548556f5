// The columns of a rollup and how each is made of what it is made of. Our tables and the database's own continuous
// aggregates are both created from this list, so that they cannot differ.

import { SAMPLE_TABLES } from '../tables.ts'
import { deltaColumns, gaugeColumns, metricsOf, type Measured, type Rollup } from './definitions.ts'

export type RollupColumn = {
  readonly name: string
  /** As the database calls it. */
  readonly type: string
  /** Over the rows `r` of a bucket; absent for what rows are grouped by. */
  readonly aggregate?: string
}

/** True when it is made of rows as measured, not of a finer rollup. */
export const isOfSamples = ({ table, source }: Pick<Rollup, 'table' | 'source'>): boolean => source === table

/** All of them; what rows are grouped by comes first. */
export function rollupColumns(rollup: Rollup): readonly RollupColumn[] {
  return [...groupColumns(rollup), ...aggregateColumns(rollup)]
}

/** By what rows become one: the bucket they lie in, whose they are, and their names. */
export const groupColumns = ({ names }: Pick<Rollup, 'names'>): readonly RollupColumn[] => [
  { name: 'time', type: 'timestamptz' },
  { name: 'agent_id', type: 'uuid' },
  { name: 'tenant_id', type: 'text' },
  ...names.map((name) => ({ name, type: 'text' })),
]

/** What is known of the rows of a bucket. */
export function aggregateColumns(rollup: Rollup): readonly Required<RollupColumn>[] {
  const ofMetric = isOfSamples(rollup) ? { gauge: gaugeOfSamples, delta: deltaOfSamples } : OF_ROLLUP
  const rows = isOfSamples(rollup) ? 'count(*)::integer' : 'sum(r.rows)::integer'
  return [
    { name: 'rows', type: 'integer', aggregate: rows },
    { name: 'interval_ms', type: 'integer', aggregate: 'max(r.interval_ms)' },
    ...metricsOf(rollup).flatMap((metric) => ofMetric[metric.kind](metric)),
  ]
}

type Aggregates = readonly Required<RollupColumn>[]

// A mean of bigints as such would be numeric, which is slow and has more digits than were measured.
function gaugeOfSamples({ table, column }: Measured): Aggregates {
  const [value, type, names] = [`r.${column}`, typeOf(table, column), gaugeColumns(column)]
  return [
    { name: names.avg, type: 'double precision', aggregate: `avg(${value}::double precision)` },
    { name: names.min, type, aggregate: `min(${value})` },
    { name: names.max, type, aggregate: `max(${value})` },
    { name: names.count, type: 'integer', aggregate: `count(${value})::integer` },
  ]
}

// Intervals differ, so that the amounts themselves cannot be compared.
function deltaOfSamples({ table, column }: Measured): Aggregates {
  const [value, sum, names] = [`r.${column}`, sumOf(table, column), deltaColumns(column)]
  const rate = `${value}::double precision * 1000 / nullif(r.interval_ms, 0)`
  const time = `sum(r.interval_ms) filter (where ${value} is not null)`
  return [
    { name: names.sum, type: sum.type, aggregate: sum.of(value) },
    { name: names.ms, type: 'bigint', aggregate: time },
    { name: names.min, type: 'double precision', aggregate: `min(${rate})` },
    { name: names.max, type: 'double precision', aggregate: `max(${rate})` },
    { name: names.count, type: 'integer', aggregate: `count(${value})::integer` },
  ]
}

const OF_ROLLUP = {
  gauge({ table, column }: Measured): Aggregates {
    const [type, names] = [typeOf(table, column), gaugeColumns(column)]
    const mean = `sum(r.${names.avg} * r.${names.count}) / nullif(sum(r.${names.count}), 0)`
    return [
      { name: names.avg, type: 'double precision', aggregate: mean },
      { name: names.min, type, aggregate: `min(r.${names.min})` },
      { name: names.max, type, aggregate: `max(r.${names.max})` },
      { name: names.count, type: 'integer', aggregate: `sum(r.${names.count})::integer` },
    ]
  },
  delta({ table, column }: Measured): Aggregates {
    const [sum, names] = [sumOf(table, column), deltaColumns(column)]
    return [
      { name: names.sum, type: sum.type, aggregate: sum.of(`r.${names.sum}`) },
      { name: names.ms, type: 'bigint', aggregate: bounded(`sum(r.${names.ms})`) },
      { name: names.min, type: 'double precision', aggregate: `min(r.${names.min})` },
      { name: names.max, type: 'double precision', aggregate: `max(r.${names.max})` },
      { name: names.count, type: 'integer', aggregate: `sum(r.${names.count})::integer` },
    ]
  },
}

/** Amounts that are doubles are bounded when they come. */
const sumOf = (table: string, column: string) =>
  typeOf(table, column) === 'double precision'
    ? { type: 'double precision', of: (value: string) => `sum(${value})` }
    : { type: 'bigint', of: (value: string) => bounded(`sum(${value})`) }

// A host can send amounts whose sum no bigint holds: it must not keep the others from being rolled up.
const bounded = (sum: string): string =>
  `(case when abs(${sum}) < 9223372036854775808 then ${sum} end)::bigint`

function typeOf(table: string, column: string): string {
  const columns = SAMPLE_TABLES.find((shape) => shape.table === table)?.columns
  const kind = columns?.find(({ name }) => name === column)?.kind
  if (kind === undefined) throw new RangeError(`${table} has no column ${column}`)
  return kind
}
