// A question for values over time: parsed, checked against the catalogue, bounded.

import { customKey, customNameOf } from '@secumon/contracts/custom-metrics'
import { metricOf, type MetricKey } from '@secumon/contracts/metrics'
import type { z } from 'zod'
import { Failure } from './failures.ts'
import type { SeriesQuery } from './schemas/series.ts'

export const MAX_KEYS = 20
export const MAX_POINTS = 5_000
export const MAX_RANGE_MS = 400 * 24 * 3600 * 1000

const LATEST_MS = Date.UTC(2100)

export type Aggregation = NonNullable<z.output<typeof SeriesQuery>['aggregation']>

export type SeriesRequest = {
  readonly keys: readonly MetricKey[]
  readonly fromMs: number
  readonly toMs: number
  /** Width of a bucket. */
  readonly stepMs: number
  /** Absent: what suits the metric, `avg` for gauges and `rate` for deltas. */
  readonly aggregation?: Aggregation
  /** One value of the dimension; absent: all. */
  readonly dimension?: string
}

export type Moment = {
  readonly nowMs: number
  /** How often the agent measures: without a step, buckets are not narrower. */
  readonly periodMs: number
}

/** @throws Failure 400 that says which part is wrong and what to do */
export function seriesRequest(
  query: z.output<typeof SeriesQuery>,
  { nowMs, periodMs }: Moment,
): SeriesRequest {
  const keys = metricKeys(query.keys)
  const toMs = absolute(query.to ?? nowMs, nowMs)
  const fromMs = absolute(query.from, nowMs)
  if (fromMs < 0 || toMs > LATEST_MS) throw refused('from and to lie between 1970 and 2100, in milliseconds')
  if (fromMs >= toMs) throw refused('from must be before to')
  if (toMs - fromMs > MAX_RANGE_MS) throw refused('the range is longer than 400 days: ask for less')
  const stepMs = query.step ?? Math.max(1_000, periodMs, Math.ceil((toMs - fromMs) / query.points))
  const points = Math.ceil((toMs - fromMs) / stepMs)
  if (points > MAX_POINTS)
    throw refused(
      `step ${stepMs} makes ${points} points; at most ${MAX_POINTS}: widen step or shorten the range`,
    )
  return {
    keys,
    fromMs,
    toMs,
    stepMs,
    ...(query.aggregation !== undefined && { aggregation: query.aggregation }),
    ...(query.dimension !== undefined && { dimension: query.dimension }),
  }
}

function metricKeys(list: string): MetricKey[] {
  const names = [...new Set(list.split(',').map((key) => key.trim()))].filter((key) => key !== '')
  if (names.length === 0) throw refused('keys names no metric')
  if (names.length > MAX_KEYS)
    throw refused(`keys names ${names.length} metrics; at most ${MAX_KEYS} at once`)
  return names.map(metricKey)
}

function metricKey(key: string): MetricKey {
  const custom = customNameOf(key)
  const known = custom === undefined ? metricOf(key)?.key : customKey(custom)
  if (known === undefined) throw unknownMetric(key, '/api/v1/metrics-catalogue')
  return known
}

/** Of a key that is in no list. @param list the path of the one to look into */
export const unknownMetric = (key: string, list: string): Failure =>
  refused(`no metric ${JSON.stringify(key.slice(0, 80))}: see ${list}`)

// Negative is relative to now.
const absolute = (ms: number, nowMs: number): number => (ms < 0 ? nowMs + ms : ms)

const refused = (detail: string): Failure => new Failure(400, 'invalid request', { detail })
