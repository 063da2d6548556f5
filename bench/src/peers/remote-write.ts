// Prometheus remote-write 1.0 requests (https://prometheus.io/docs/specs/prw/remote_write_spec/) from the same
// simulated ticks that our own agents send.

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import snappy from 'snappyjs'

export type Tick = { readonly atMs: number; readonly values: readonly number[] }

/** The series of one host: encoded labels, one entry a value. */
export type HostSeries = readonly Uint8Array[]

/** Labels of `count` series of a host, encoded once. */
export function hostSeries(host: string, count: number): HostSeries {
  return Array.from({ length: count }, (_, i) =>
    encodedLabels({ __name__: `secumon_value_${i}`, instance: host, job: 'bench' }),
  )
}

/** @param pairs in the order of their names */
export function encodedLabels(pairs: Record<string, string>): Uint8Array {
  const writer = new BinaryWriter()
  for (const [name, value] of Object.entries(pairs)) {
    const label = new BinaryWriter()
    label.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).string(value)
    writer.tag(1, WireType.LengthDelimited).bytes(label.finish())
  }
  return writer.finish()
}

/** A snappy-compressed WriteRequest with the ticks of one host. */
export function writeRequest(series: HostSeries, ticks: readonly Tick[]): Buffer {
  const request = new BinaryWriter()
  for (const [i, encodedLabels] of series.entries()) {
    const samples = new BinaryWriter()
    for (const { atMs, values } of ticks) {
      const sample = new BinaryWriter()
      sample
        .tag(1, WireType.Bit64)
        .double(values[i] ?? 0)
        .tag(2, WireType.Varint)
        .int64(atMs)
      samples.tag(2, WireType.LengthDelimited).bytes(sample.finish())
    }
    request.tag(1, WireType.LengthDelimited).bytes(Buffer.concat([encodedLabels, samples.finish()]))
  }
  return Buffer.from(snappy.compress(request.finish()))
}
