import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BlockDeviceSamplesSchema,
  CheckSamplesSchema,
  FilesystemSamplesSchema,
  HostSampleSchema,
  NetworkSamplesSchema,
  ProcessSamplesSchema,
  TemperatureSamplesSchema,
} from './gen/secumon/v1/observation_pb.ts'
import { metricOf, METRICS, type Metric } from './metrics.ts'

const catalogue: readonly Metric[] = METRICS

test('every key is there once, is lower case with a dot, and has both languages', () => {
  assert.equal(new Set(METRICS.map((metric) => metric.key)).size, METRICS.length)
  for (const metric of catalogue) {
    assert.match(metric.key, /^[a-z]+(\.[a-z0-9_]+)$/)
    assert.ok(metric.description.en.length > 3 && metric.description.fr.length > 3, metric.key)
    assert.equal(metricOf(metric.key), metric)
  }
  assert.equal(metricOf('cpu.temper'), undefined)
})

test('every measured field of an observation has its line, and every line its field', () => {
  const names = [
    'mount',
    'device',
    'type',
    'interface',
    'pid',
    'name',
    'user',
    'sensor',
    'check',
    'interval_ms',
  ]
  const fieldsOf = (schema: { fields: readonly { name: string }[] }) =>
    schema.fields.map((field) => field.name).filter((name) => !names.includes(name))
  const measured = {
    metrics: [
      ...fieldsOf(HostSampleSchema),
      ...fieldsOf(TemperatureSamplesSchema).map((name) => `temperature_${name}`),
    ],
    disk_metrics: [...fieldsOf(FilesystemSamplesSchema), ...fieldsOf(BlockDeviceSamplesSchema)],
    network_metrics: fieldsOf(NetworkSamplesSchema),
    process_metrics: fieldsOf(ProcessSamplesSchema),
    check_metrics: fieldsOf(CheckSamplesSchema),
  }
  for (const [table, fields] of Object.entries(measured)) {
    const columns = catalogue.filter((metric) => metric.table === table).map((metric) => metric.column)
    assert.deepEqual(columns.toSorted(), fields.toSorted(), table)
  }
})
