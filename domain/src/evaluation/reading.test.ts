import { create } from '@bufbuild/protobuf'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { HOST_METRICS, metricOf, type Dimension } from '@secumon/contracts/metrics'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readingOf } from './reading.ts'

const EMPTY = create(ObservationSchema)

/** Every value of the block that holds the metric is the same. */
const valued = (value: number) => new Proxy({}, { get: () => [value, value] })
const FULL = {
  ...EMPTY,
  host: new Proxy({}, { get: (_, field) => (field === 'cpuCoreBusyPercent' ? [7, 7] : 7) }),
  temperatures: { sensor: ['cpu', 'nvme'], celsius: [7, 7] },
  filesystems: valued(7),
  blockDevices: valued(7),
  networks: valued(7),
  processes: valued(7),
} as typeof EMPTY

for (const metric of HOST_METRICS)
  test(`${metric.key} is found`, () => {
    const reading = readingOf(metric)
    if (reading.kind === 'one') {
      assert.equal(reading.value(FULL), 7)
      assert.equal(reading.value(EMPTY), undefined)
    } else {
      assert.deepEqual(reading.values(FULL), [7, 7])
      assert.equal(reading.values(EMPTY), undefined)
    }
  })

const NAMED = create(ObservationSchema, {
  temperatures: { sensor: ['cpu'], celsius: [50] },
  filesystems: { mount: ['/'] },
  blockDevices: { device: ['sda'] },
  networks: { interface: ['eth0'] },
  processes: { pid: [42], name: ['node'] },
})
const names: [Dimension, key: string, name: string][] = [
  ['core', 'cpu.core_busy_percent', '0'],
  ['sensor', 'temperature.celsius', 'cpu'],
  ['mount', 'disk.usage_percent', '/'],
  ['device', 'disk.read_bytes', 'sda'],
  ['interface', 'network.receive_bytes', 'eth0'],
  ['process', 'process.rss_bytes', 'node (42)'],
]
for (const [dimension, key, expected] of names)
  test(`a ${dimension} has the name that charts show`, () => {
    const metric = metricOf(key)
    const reading = metric && readingOf(metric)
    assert.equal(reading?.kind === 'many' && reading.name(NAMED, 0), expected)
  })
