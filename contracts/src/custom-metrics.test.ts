import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  customMetric,
  customNameOf,
  isCustomLabels,
  isCustomName,
  isCustomValue,
  MAX_CUSTOM_NAME_LENGTH,
  MAX_LABELS_BYTES,
} from './custom-metrics.ts'
import { metricOf, type Unit } from './metrics.ts'

test('a name is what Prometheus takes for one, up to a length', () => {
  for (const name of ['up', '_', 'node:cpu:rate5m', 'A1', 'a'.repeat(MAX_CUSTOM_NAME_LENGTH)])
    assert.ok(isCustomName(name), name)
  for (const name of ['', '1st', 'a-b', 'a.b', 'é', 'a b', 'a\n', 'a'.repeat(MAX_CUSTOM_NAME_LENGTH + 1)])
    assert.ok(!isCustomName(name), name)
})

test('a key is `custom.` and a name', () => {
  assert.equal(customNameOf('custom.backup_age_seconds'), 'backup_age_seconds')
  for (const key of ['custom.', 'custom.a.b', 'custom', 'cpu.usage_percent', 'Custom.a'])
    assert.equal(customNameOf(key), undefined, key)
  assert.equal(metricOf('custom.up'), undefined, 'it is in no catalogue')
})

const UNITS: [name: string, unit: Unit][] = [
  ['backup_size_bytes', 'bytes'],
  ['http_sent_bytes_total', 'bytes'],
  ['backup_age_seconds', 'seconds'],
  ['answer_milliseconds', 'milliseconds'],
  ['room_celsius', 'celsius'],
  ['fill_percent', 'percent'],
  ['hit_ratio', 'count'],
  ['http_requests_total', 'count'],
  ['megabytes', 'count'],
  ['bytes', 'bytes'],
]
for (const [name, unit] of UNITS)
  test(`${name} is in ${unit}`, () => assert.equal(customMetric(name, 'gauge').unit, unit))

test('a level and an amount stand in columns of their own', () => {
  const gauge = customMetric('queue', 'gauge')
  assert.deepEqual([gauge.key, gauge.column, gauge.kind], ['custom.queue', 'value', 'gauge'])
  const delta = customMetric('queue', 'delta')
  assert.deepEqual([delta.key, delta.column, delta.kind], ['custom.queue', 'gained', 'delta'])
})

test('labels are bounded in bytes, values in size', () => {
  for (const labels of ['', 'a="b"', 'x'.repeat(MAX_LABELS_BYTES), 'é'.repeat(MAX_LABELS_BYTES / 2)])
    assert.ok(isCustomLabels(labels), labels)
  for (const labels of ['\0', 'x'.repeat(MAX_LABELS_BYTES + 1), 'é'.repeat(MAX_LABELS_BYTES / 2 + 1)])
    assert.ok(!isCustomLabels(labels), labels)
  for (const value of [0, -1e140, 1e140, 5e-324]) assert.ok(isCustomValue(value), String(value))
  for (const value of [NaN, Infinity, -Infinity, 1e141]) assert.ok(!isCustomValue(value), String(value))
})
