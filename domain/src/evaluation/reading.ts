// Where in an observation a metric of the catalogue stands: found once per rule, by the proto fields that carry the names
// of the catalogue's columns. Names of a dimension's values are those that charts show.

import type { DescMessage } from '@bufbuild/protobuf'
import {
  BlockDeviceSamplesSchema,
  FilesystemSamplesSchema,
  HostSampleSchema,
  NetworkSamplesSchema,
  ProcessSamplesSchema,
  type Observation,
} from '@secumon/contracts/gen/observation'
import type { Dimension, Metric } from '@secumon/contracts/metrics'

/** One value per host and observation. */
export type OneReading = {
  readonly kind: 'one'
  readonly value: (observation: Observation) => number | undefined
}

/** A value for each name of the dimension. */
export type ManyReading = {
  readonly kind: 'many'
  /** Undefined when the observation does not speak of the dimension at all. */
  readonly values: (observation: Observation) => readonly number[] | undefined
  readonly name: (observation: Observation, index: number) => string
}

export type Reading = OneReading | ManyReading

type Block = Readonly<Record<string, unknown>>
type Table = {
  readonly schema: DescMessage
  readonly block: (observation: Observation) => Block | undefined
  readonly name: ManyReading['name']
}

const CORES: ManyReading = {
  kind: 'many',
  values: ({ host }) => (host && host.cpuCoreBusyPercent.length > 0 ? host.cpuCoreBusyPercent : undefined),
  name: (_, index) => String(index),
}

const SENSORS: ManyReading = {
  kind: 'many',
  values: ({ temperatures }) => temperatures?.celsius,
  name: ({ temperatures }, index) => temperatures?.sensor[index] ?? '',
}

// prettier-ignore
const TABLES: Record<Exclude<Dimension, 'core' | 'sensor' | 'check' | 'labels'>, Table> = {
  mount: { schema: FilesystemSamplesSchema, block: (o) => o.filesystems, name: (o, i) => o.filesystems?.mount[i] ?? '' },
  device: { schema: BlockDeviceSamplesSchema, block: (o) => o.blockDevices, name: (o, i) => o.blockDevices?.device[i] ?? '' },
  interface: { schema: NetworkSamplesSchema, block: (o) => o.networks, name: (o, i) => o.networks?.interface[i] ?? '' },
  process: { schema: ProcessSamplesSchema, block: (o) => o.processes, name: processName },
}

/** @throws RangeError for a metric of the catalogue that has no proto field, and for one that hosts do not measure themselves */
export function readingOf({ key, column, dimension }: Metric): Reading {
  switch (dimension) {
    case undefined:
      return hostReading(fieldOf(HostSampleSchema, column))
    case 'core':
      return CORES
    case 'sensor':
      return SENSORS
    case 'check':
    case 'labels':
      throw new RangeError(`no rule judges ${key}`)
    default:
      return columnReading(TABLES[dimension], column)
  }
}

function hostReading(field: string): OneReading {
  const value = ({ host }: Observation): number | undefined => {
    const found = host && (host as Block)[field]
    return typeof found === 'number' ? found : undefined
  }
  return { kind: 'one', value }
}

function columnReading({ schema, block, name }: Table, column: string): ManyReading {
  const field = fieldOf(schema, column)
  return { kind: 'many', values: (observation) => block(observation)?.[field] as readonly number[], name }
}

function fieldOf(schema: DescMessage, column: string): string {
  const field = schema.fields.find(({ name }) => name === column)
  if (!field) throw new RangeError(`no field ${column} in ${schema.name}`)
  return field.localName
}

function processName({ processes }: Observation, index: number): string {
  return `${processes?.name[index] ?? ''} (${processes?.pid[index] ?? ''})`
}
