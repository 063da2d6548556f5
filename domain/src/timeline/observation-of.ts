// What a simulated host measures at one moment, as its agent would write it: reading.ts the other way round.

import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import {
  BlockDeviceSamplesSchema,
  FilesystemSamplesSchema,
  HostSampleSchema,
  NetworkSamplesSchema,
  ObservationSchema,
  ProcessSamplesSchema,
  type Observation,
} from '@secumon/contracts/gen/observation'
import type { Dimension, Metric } from '@secumon/contracts/metrics'

export type Measured = { readonly metric: Metric; readonly dimension: string; readonly value: number }

/** When it was made stands beside an observation that is judged. */
export type Timing = {
  /** Since the observation before; 0 of the first. */
  readonly intervalMs: number
  readonly periodMs: number
}

type Init = Exclude<MessageInitShape<typeof ObservationSchema>, Observation>
type Column = Exclude<Dimension, 'core' | 'sensor' | 'check' | 'labels'>
type Table = { readonly schema: DescMessage; readonly block: keyof Init; readonly names: string }

// prettier-ignore
const TABLES: Readonly<Record<Column, Table>> = {
  mount: { schema: FilesystemSamplesSchema, block: 'filesystems', names: 'mount' },
  device: { schema: BlockDeviceSamplesSchema, block: 'blockDevices', names: 'device' },
  interface: { schema: NetworkSamplesSchema, block: 'networks', names: 'interface' },
  process: { schema: ProcessSamplesSchema, block: 'processes', names: 'name' },
}

/** Of a delta metric the value is a rate: what was counted follows from the interval. */
export function observationOf(measured: readonly Measured[], { intervalMs, periodMs }: Timing): Observation {
  const counted = measured.map((one) => ({ ...one, value: countOf(one, intervalMs) }))
  const of = (dimension: Dimension | undefined): Measured[] =>
    counted.filter(({ metric }) => metric.dimension === dimension)
  return create(ObservationSchema, {
    intervalMs,
    periodMs,
    ...hostOf(of(undefined), of('core')),
    ...sensorsOf(of('sensor')),
    ...blocksOf(of),
  })
}

const countOf = ({ metric, value }: Measured, intervalMs: number): number =>
  metric.kind === 'delta' ? (value * intervalMs) / 1_000 : value

function hostOf(single: readonly Measured[], cores: readonly Measured[]): Init {
  if (single.length + cores.length === 0) return {}
  const fields = single.map(({ metric, value }) => [fieldOf(HostSampleSchema, metric.column), value] as const)
  const cpuCoreBusyPercent: number[] = []
  for (const { dimension, value } of cores) cpuCoreBusyPercent[Number(dimension)] = value
  const filled = Array.from(cpuCoreBusyPercent, (value) => value ?? Number.NaN)
  return { host: { ...Object.fromEntries(fields), cpuCoreBusyPercent: filled } }
}

const sensorsOf = (sensors: readonly Measured[]): Init =>
  sensors.length === 0
    ? {}
    : {
        temperatures: {
          sensor: sensors.map(({ dimension }) => dimension),
          celsius: sensors.map(({ value }) => value),
        },
      }

function blocksOf(of: (dimension: Dimension) => readonly Measured[]): Init {
  const blocks = Object.entries(TABLES).flatMap(([dimension, table]) => {
    const measured = of(dimension as Column)
    return measured.length > 0 ? [[table.block, blockOf(table, measured)] as const] : []
  })
  return Object.fromEntries(blocks)
}

// A column holds NaN where nothing was said of a name: no rule judges that.
function blockOf({ schema, names }: Table, measured: readonly Measured[]): Record<string, unknown> {
  const rows = [...new Set(measured.map(({ dimension }) => dimension))]
  const block: Record<string, unknown> = { [names]: rows }
  if (names === 'name') block['pid'] = rows.map((_, i) => i + 1)
  for (const column of new Set(measured.map(({ metric }) => metric.column)))
    block[fieldOf(schema, column)] = rows.map(
      (row) =>
        measured.find(({ metric, dimension }) => metric.column === column && dimension === row)?.value ?? NaN,
    )
  return block
}

/** @throws RangeError for a metric of the catalogue that has no proto field */
function fieldOf(schema: DescMessage, column: string): string {
  const field = schema.fields.find(({ name }) => name === column)
  if (!field) throw new RangeError(`no field ${column} in ${schema.name}`)
  return field.localName
}
