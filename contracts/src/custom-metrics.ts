// Metrics that programs of a host publish themselves: their grammar and bounds, and what is known of one by its name.

import type { CustomKey, Metric, MetricKind, Unit } from './metrics.ts'

const PREFIX = 'custom.'
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

/** Characters of a name at most. */
export const MAX_CUSTOM_NAME_LENGTH = 200
/** Bytes (UTF-8) of a value's labels at most: names and labels together are the key of an index. */
export const MAX_LABELS_BYTES = 1_024
/** A level or an amount is at most that large either way: squares of many of them can still be added. */
export const MAX_CUSTOM_VALUE = 1e140
/** Values in one observation at most. */
export const MAX_CUSTOM_VALUES = 2_000
/**
 * Series (agent, metric, labels) of a tenant at most; one counts while it was heard of within the last
 * `CUSTOM_SERIES_COUNTED_DAYS`.
 */
export const MAX_CUSTOM_SERIES = 10_000
export const CUSTOM_SERIES_COUNTED_DAYS = 30

/** Which column of a row has the value. */
export const CUSTOM_COLUMNS = { gauge: 'value', delta: 'gained' } as const satisfies Record<
  MetricKind,
  string
>

/** True for a name that a program can publish a metric by. */
export const isCustomName = (name: string): boolean =>
  name.length <= MAX_CUSTOM_NAME_LENGTH && NAME.test(name)

/** True for labels that can be stored; empty where a value has none. */
export const isCustomLabels = (labels: string): boolean =>
  // A character of UTF-16 takes three bytes at most.
  !labels.includes('\0') && (labels.length * 3 <= MAX_LABELS_BYTES || byteLength(labels) <= MAX_LABELS_BYTES)

const encoder = new TextEncoder()
const byteLength = (text: string): number => encoder.encode(text).length

/** True for a value that can be stored. */
export const isCustomValue = (value: number): boolean => Math.abs(value) <= MAX_CUSTOM_VALUE

/** The metric's name, or undefined where the key is not that of a custom metric. */
export function customNameOf(key: string): string | undefined {
  const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : ''
  return isCustomName(name) ? name : undefined
}

/** The key by which rules, charts and the API know a metric that a program publishes. */
export const customKey = (name: string): CustomKey => `${PREFIX}${name}`

/** What is known of such a metric: its unit by its name, as Prometheus has it, and whether it counts by whoever sent it. */
export function customMetric(name: string, kind: MetricKind): Metric & { readonly key: CustomKey } {
  return {
    key: customKey(name),
    unit: unitOf(name),
    kind,
    table: 'custom_metrics',
    column: CUSTOM_COLUMNS[kind],
    dimension: 'labels',
    description: { en: name, fr: name },
  }
}

const UNITS: Readonly<Record<string, Unit>> = {
  percent: 'percent',
  bytes: 'bytes',
  seconds: 'seconds',
  milliseconds: 'milliseconds',
  celsius: 'celsius',
}

// `_total` says that it counts, not what.
const unitOf = (name: string): Unit =>
  UNITS[
    name
      .replace(/_total$/, '')
      .split('_')
      .at(-1) ?? ''
  ] ?? 'count'
