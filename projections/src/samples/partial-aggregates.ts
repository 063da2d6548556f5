// A row as measured and a row of a rollup are the same thing: what is known of some values. Here is what each of them
// knows of a metric, in the same terms, and how that of many rows becomes the answer.

import type { Metric } from '@secumon/contracts/metrics'
import { sql, type RawBuilder } from 'kysely'
import { valueOf } from './dimension-rows.ts'
import { deltaColumns, gaugeColumns } from './rollups/definitions.ts'
import type { Aggregation } from './series.ts'
import { SAMPLE_TABLES } from './tables.ts'

/** `weight` is the number of values of a gauge, the milliseconds of a delta; `min`, `max` and `last` of a delta are rates. */
type Part = 'sum' | 'weight' | 'min' | 'max' | 'last'
type Parts = Readonly<Record<Part, RawBuilder<unknown>>>

export type Aggregated = Metric & { readonly aggregation: Aggregation }

const NEEDS: Record<Aggregation, readonly Part[]> = {
  avg: ['sum', 'weight', 'min', 'max'],
  rate: ['sum', 'weight'],
  sum: ['sum'],
  min: ['min'],
  max: ['max'],
  last: ['last'],
}

/** What one row `r` knows of metric `i`: columns `sum<i>`, `weight<i>` and so on, of which only those that are needed. */
export function partsOfRow(metric: Aggregated, i: number, isRollup: boolean): readonly RawBuilder<unknown>[] {
  const parts = isRollup ? partsOfRollup(metric) : partsOfSample(metric)
  return NEEDS[metric.aggregation].map((part) => sql`${parts[part]} as ${partRef(part, i)}`)
}

function partsOfSample(metric: Metric): Parts {
  const value = sql`${valueOf(metric)}::float8`
  if (metric.kind === 'gauge') {
    const band = asNumber(metric, valueOf(metric))
    return { sum: value, weight: sql`(${value} is not null)::int`, min: band, max: band, last: value }
  }
  // Intervals differ, so that amounts cannot be compared.
  const rate = sql`${value} * 1000 / nullif(r.interval_ms, 0)`
  return {
    sum: value,
    weight: sql`case when ${value} is not null then r.interval_ms end`,
    min: rate,
    max: rate,
    last: rate,
  }
}

function partsOfRollup(metric: Metric): Parts {
  const { kind, column } = metric
  const of = (name: string) => sql`r.${sql.ref(name)}`
  if (kind === 'gauge') {
    const { avg, min, max, count } = gaugeColumns(column)
    return {
      sum: sql`${of(avg)} * ${of(count)}`,
      weight: of(count),
      min: asNumber(metric, of(min)),
      max: asNumber(metric, of(max)),
      last: of(avg),
    }
  }
  const { sum, ms, min, max } = deltaColumns(column)
  return {
    sum: sql`${of(sum)}::float8`,
    weight: of(ms),
    min: of(min),
    max: of(max),
    last: sql`${of(sum)}::float8 * 1000 / nullif(${of(ms)}, 0)`,
  }
}

// A bigint may be beyond what a number holds; a real has fewer digits to be written and read than a double has.
const asNumber = (metric: Metric, value: RawBuilder<unknown>): RawBuilder<unknown> =>
  isReal(metric) ? value : sql`${value}::float8`

const isReal = ({ table, column }: Metric): boolean =>
  SAMPLE_TABLES.find((shape) => shape.table === table)?.columns.some(
    ({ name, kind }) => name === column && (kind === 'real' || kind === 'real[]'),
  ) ?? false

/** The answer for metric `i` out of all rows `p` of a bucket: `v<i>`, and with an average its band `lo<i>` and `hi<i>`. */
export function combined({ kind, aggregation }: Aggregated, i: number): readonly RawBuilder<unknown>[] {
  const [part, value] = [(name: Part) => sql`p.${partRef(name, i)}`, sql.ref(`v${i}`)]
  const perSecond = kind === 'delta' ? sql` * 1000` : sql``
  const mean = sql`sum(${part('sum')})${perSecond} / nullif(sum(${part('weight')}), 0)::float8 as ${value}`
  switch (aggregation) {
    case 'avg':
      return [
        mean,
        sql`min(${part('min')}) as ${sql.ref(`lo${i}`)}`,
        sql`max(${part('max')}) as ${sql.ref(`hi${i}`)}`,
      ]
    case 'rate':
      return [mean]
    case 'sum':
      return [sql`sum(${part('sum')}) as ${value}`]
    case 'min':
      return [sql`min(${part('min')}) as ${value}`]
    case 'max':
      return [sql`max(${part('max')}) as ${value}`]
    case 'last': {
      const last = part('last')
      return [
        sql`(array_agg(${last} order by p.time desc) filter (where ${last} is not null))[1] as ${value}`,
      ]
    }
  }
}

const partRef = (part: Part, i: number): RawBuilder<unknown> => sql.ref(`${part}${i}`)
