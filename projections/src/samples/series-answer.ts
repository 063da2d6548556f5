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
  return [...groups.values()].flatMap(([first, ...others]) =>
    first ? [{ table: first.table, dimension: first.dimension, metrics: [first, ...others] }] : [],
  )
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
  const several = rows.some((row) => row.rows > 1)
  return group.metrics.flatMap((metric, i) =>
    names.map((name) => {
      const held = byName.get(name) ?? []
      const column = (prefix: string): Values => valuesOf(held, `${prefix}${i}`, buckets)
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

function valuesOf(rows: readonly BucketRow[], column: string, buckets: Buckets): Values {
  const values: Values = Array.from({ length: buckets.count }, () => null)
  for (const row of rows) {
    const index = indexIn(buckets, row.bucket_ms)
    const value = row[column]
    if (index === undefined || typeof value !== 'number') continue
    values[index] = significant(value)
    const held = { bucketMs: row.bucket_ms, firstMs: row.first_ms, intervalMs: row.interval_ms }
    if (index > 0 && values[index - 1] === null && reachesBack(held, buckets.stepMs))
      values[index - 1] = significant(value)
  }
  return values
}

// A mean comes with digits that nobody measured.
const significant = (value: number): number =>
  Math.abs(value) >= 1e6 ? Math.round(value) : Number(value.toPrecision(7))
