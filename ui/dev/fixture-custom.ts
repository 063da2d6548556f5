// Metrics that programs of a fixture's hosts publish: some with one series, one with more than an answer holds, one silent.
// UI_CUSTOM=limit: the tenant has all its series; UI_CUSTOM=many: more metrics than a page lists. Every third host has none.

import { customKey, customMetric, customNameOf, MAX_CUSTOM_SERIES } from '@secumon/contracts/custom-metrics'
import type { MetricKind } from '@secumon/contracts/metrics'
import type { CustomMetric, CustomMetrics, Series } from '../src/lib/api-types.ts'
import { drift, noise } from './fixture-noise.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** What /series answers of one metric at most. */
const MOST_SETS = 200

type Made = { readonly kind: MetricKind; readonly sets: readonly string[]; readonly size: number }

const codes = ['200', '204', '301', '404', '500', '503'].flatMap((code) =>
  ['get', 'post'].map((method) => `code="${code}",method="${method}",site="www.example.net"`),
)
const MADE: Readonly<Record<string, Made>> = {
  backup_age_seconds: { kind: 'gauge', sets: ['job="database"'], size: 80_000 },
  backup_size_bytes: { kind: 'gauge', sets: ['job="database"', 'job="mail",target="/srv/backup"'], size: 2.4e10 },
  http_requests_total: { kind: 'delta', sets: codes, size: 40 },
  http_request_duration_milliseconds: { kind: 'gauge', sets: ['quantile="0.5"', 'quantile="0.9"', 'quantile="0.99"'], size: 240 },
  mail_queue_length: { kind: 'gauge', sets: [''], size: 30 },
  licences_free: { kind: 'gauge', sets: [''], size: 12 },
  battery_charge_percent: { kind: 'gauge', sets: ['ups="rack-1"', 'ups="rack-2"'], size: 100 },
  node_textfile_scrape_error_of_a_collector_with_a_rather_long_name: { kind: 'gauge', sets: [''], size: 1 },
  queue_depth: { kind: 'gauge', sets: Array.from({ length: 340 }, (_, i) => `queue="customer-${i}",region="eu-west"`), size: 900 },
  sensor_temperature_celsius: { kind: 'gauge', sets: ['place="door"'], size: 24 },
  silent_since_days: { kind: 'gauge', sets: [''], size: 3 },
} // prettier-ignore

const made = (): readonly (readonly [string, Made])[] =>
  process.env['UI_CUSTOM'] === 'many'
    ? Array.from({ length: 1_400 }, (_, i) => [`made_up_${i}_total`, { kind: 'delta', sets: [''], size: i }])
    : Object.entries(MADE)

/** What /custom-metrics answers. */
export function customMetrics(index: number, query: URLSearchParams): CustomMetrics {
  const text = (query.get('q') ?? '').toLowerCase()
  const matching = index % 3 === 2 ? [] : made().filter(([name]) => name.includes(text))
  const limited = process.env['UI_CUSTOM'] === 'limit'
  return {
    total: matching.length,
    metrics: matching
      .map(([name, { kind, sets }]) => metricOf(name, kind, sets.length))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, Number(query.get('limit') ?? 100)),
    next: null,
    usage: {
      series: limited ? MAX_CUSTOM_SERIES : 2_417,
      limit: MAX_CUSTOM_SERIES,
      refused: limited ? 48_211 : 0,
      last_refused: limited ? Date.now() - 40_000 : null,
    },
  }
}

const metricOf = (name: string, kind: MetricKind, series: number): CustomMetric => ({
  key: customKey(name),
  name,
  unit: customMetric(name, kind).unit,
  kind,
  series,
  first_seen: day(Date.now() - 40 * DAY_MS),
  last_seen: day(name.startsWith('silent') ? Date.now() - 3 * DAY_MS : Date.now()),
})

const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

/** The series of a custom metric: a value each minute. */
export function customSeries(index: number, key: string, times: readonly number[], step: number): Series[] {
  const name = customNameOf(key)
  const found = name === undefined ? undefined : made().find(([each]) => each === name)
  if (name === undefined || !found || name.startsWith('silent')) return []
  const [, { kind, sets, size }] = found
  return sets.slice(0, MOST_SETS).map((labels) => ({
    key: customKey(name),
    unit: customMetric(name, kind).unit,
    aggregation: kind === 'delta' ? 'rate' : 'avg',
    name: labels,
    values: times.map((at) =>
      at > Date.now() || at % MINUTE_MS >= Math.max(step, 1) || at % 14_400_000 < 420_000
        ? null
        : size * drift(`${index}${key}${labels}`, at) * (0.2 + noise(labels, key)),
    ),
  }))
}
