// Values that programs of a host publish, as an observation carries them: columns, each metric named once.

import { create } from '@bufbuild/protobuf'
import { CustomSamplesSchema, type CustomSamples } from '@secumon/contracts/gen/observation'

/** One value of one series. */
export type CustomValue = {
  readonly metric: string
  /** Then the value is what it gained over the interval; else it is a level. */
  readonly isCounter: boolean
  /** `name="value"` pairs sorted by name, separated by commas, escaped as Prometheus does. */
  readonly labels: string
  readonly value: number
}

/** The values in their order. A metric is a counter or a level in all of them. */
export function customSamples(intervalMs: number, values: readonly CustomValue[]): CustomSamples {
  const samples = create(CustomSamplesSchema, { intervalMs })
  const positions = new Map<string, number>()
  for (const { metric, isCounter, labels, value } of values) {
    const position = positions.get(metric) ?? samples.metric.push(metric) - 1
    if (!positions.has(metric)) samples.counter.push(isCounter)
    positions.set(metric, position)
    samples.metricIndex.push(position)
    samples.labels.push(labels)
    samples.value.push(value)
  }
  return samples
}
