// From metrics asked for to groups that a statement answers, and from its rows to aligned series. Pure.

import { customMetric, customNameOf } from '@secumon/contracts/custom-metrics'
import { metricOf, type Metric, type MetricKey, type MetricKind } from '@secumon/contracts/metrics'
import type { BucketRow, MetricGroup } from './series-sql.ts'
import { indexIn, reachesBack, type Aggregation, type Buckets, type Series, type Values } from './series.ts'

type Asked = {
  readonly keys: readonly MetricKey[]
  readonly aggregation?: Aggregation
  /** What custom metrics there are, by their name: of others nothing is answered. */
  readonly kinds?: ReadonlyMap<string, MetricKind>
}

/** What one statement each can answer. */
export function groupsOf({ keys, aggregation, kinds = new Map() }: Asked): MetricGroup[] {
  const metrics = keys.flatMap((key) => {
    const metric: Metric | undefined = metricOf(key) ?? customOf(key, kinds)
    return metric
      ? [{ ...metric, aggregation: aggregation ?? (metric.kind === 'delta' ? 'rate' : 'avg') } as const]
      : []
  })
  // Custom metrics have rows of their own each.
  const groups = Map.groupBy(metrics, ({ key, table, dimension }) =>
    dimension === 'labels' ? key : `${table}/${dimension}`,
  )
  const sharedBy = metrics.filter(({ dimension }) => dimension === 'labels').length
  return [...groups.values()].flatMap(([first, ...others]): MetricGroup[] => {
    if (!first) return []
    const { table, dimension } = first
    return [{ table, dimension, metrics: [first, ...others], ...(dimension === 'labels' && { sharedBy }) }]
  })
}

function customOf(key: string, kinds: ReadonlyMap<string, MetricKind>): Metric | undefined {
  const name = customNameOf(key)
  const kind = name === undefined ? undefined : kinds.get(name)
  return name === undefined || kind === undefined ? undefined : customMetric(name, kind)
}

/** The series of a group, out of its statement's rows. */
export function seriesOf(group: MetricGroup, rows: readonly BucketRow[], buckets: Buckets): Series[] {
  const byName = Map.groupBy(rows, ({ name }) => name)
  const names = group.dimension === undefined ? [null] : [...byName.keys()]
  const placed = new Map(names.map((name) => [name, placesOf(byName.get(name) ?? [], buckets)]))
  const several = rows.some((row) => row.rows > 1)
  return group.metrics.flatMap((metric, i) =>
    names.map((name) => {
      const column = (prefix: string): Values => valuesOf(placed.get(name) ?? [], `${prefix}${i}`, buckets)
      const band = metric.aggregation === 'avg' && several ? { min: column('lo'), max: column('hi') } : {}
      return {
        key: metric.key as MetricKey,
        unit: metric.unit,
        aggregation: metric.aggregation,
        name,
        values: column('v'),
        ...band,
      }
    }),
  )
}

/** A row, the number of its bucket, and whether it stands for the bucket before it as well. */
type Place = { readonly row: BucketRow; readonly index: number; readonly alsoBefore: boolean }

const placesOf = (rows: readonly BucketRow[], buckets: Buckets): Place[] =>
  rows.flatMap((row) => {
    const index = indexIn(buckets, row.bucket_ms)
    if (index === undefined) return []
    const held = { bucketMs: row.bucket_ms, firstMs: row.first_ms, intervalMs: row.interval_ms }
    return [{ row, index, alsoBefore: index > 0 && reachesBack(held, buckets.stepMs) }]
  })

function valuesOf(places: readonly Place[], column: string, { count }: Buckets): Values {
  const values: Values = Array.from({ length: count }, () => null)
  for (const { row, index, alsoBefore } of places) {
    const value = row[column]
    if (typeof value !== 'number') continue
    values[index] = significant(value)
    if (alsoBefore && values[index - 1] === null) values[index - 1] = significant(value)
  }
  return values
}

// A mean comes with digits that nobody measured. An answer has thousands of them, and to go by its text takes ten times as
// long.
function significant(value: number): number {
  const size = Math.abs(value)
  if (size >= 1e6) return Math.round(value)
  if (size === 0) return 0
  let power = 1
  while (size * power < 1e6 && power < 1e15) power *= 10
  return power < 1e15 ? Math.round(value * power) / power : Number(value.toPrecision(7))
}
