// What an agent measured of one metric, made into observations again: a rule can judge them as it would have then.

import { create, type DescMessage } from '@bufbuild/protobuf'
import {
  BlockDeviceSamplesSchema,
  FilesystemSamplesSchema,
  HostSampleSchema,
  NetworkSamplesSchema,
  ObservationSchema,
  ProcessSamplesSchema,
  TemperatureSamplesSchema,
  type Observation,
} from '@secumon/contracts/gen/observation'
import { metricOf, type Metric, type MetricKey } from '@secumon/contracts/metrics'
import type { Kysely } from 'kysely'
import { readLive } from '../../live-generation.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { samplesStatement, type StoredSample } from '../samples-sql.ts'

export type ObservationsRequest = {
  /** ULID. */
  readonly agent: string
  readonly metric: MetricKey
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  /** Samples at most; of more the newest. */
  readonly limit: number
}

export type MeasuredObservation = { readonly atMs: number; readonly observation: Observation }

export type Measured = {
  /** In order; each holds the values of the metric alone. */
  readonly observations: readonly MeasuredObservation[]
  /** There were more samples: those before the first observation are left out. */
  readonly cut: boolean
}

/** Reads the raw samples, as long as they are kept. */
export async function queryObservations<Tables>(
  db: Kysely<Tables>,
  scope: TenantScope,
  { metric: key, ...request }: ObservationsRequest,
): Promise<Measured> {
  const metric: Metric | undefined = metricOf(key)
  if (!metric) return { observations: [], cut: false }
  return readLive(db, 'samples', async (live) => {
    const { rows } = await samplesStatement(metric, { ...request, live, scope }).execute(db)
    const byTime = [...Map.groupBy(rows.toReversed(), ({ at_ms }) => at_ms)]
    const cut = rows.length === request.limit
    // The oldest may have lost some of its samples.
    const whole = cut ? byTime.slice(1) : byTime
    const observations = whole.map(([atMs, samples]) => ({
      atMs,
      observation: observationOf(metric, atMs, samples),
    }))
    return { observations, cut }
  })
}

function observationOf(metric: Metric, atMs: number, samples: readonly StoredSample[]): Observation {
  const observation = create(ObservationSchema, {
    atMs: BigInt(Math.round(atMs)),
    intervalMs: samples[0]?.interval_ms ?? 0,
  })
  return Object.assign(observation, blockOf(metric, samples.filter(hasValue)))
}

type Sample = StoredSample & { readonly value: number }

const hasValue = (sample: StoredSample): sample is Sample => sample.value !== null

function blockOf({ key, dimension, column }: Metric, samples: readonly Sample[]): Partial<Observation> {
  const values = samples.map(({ value }) => value)
  const names = samples.map(({ name }) => name ?? '')
  const inField = (schema: DescMessage) => ({ [fieldOf(schema, column)]: values })
  if (dimension === undefined)
    return { host: create(HostSampleSchema, { [fieldOf(HostSampleSchema, column)]: values[0] }) }
  switch (dimension) {
    case 'core':
      return { host: create(HostSampleSchema, { cpuCoreBusyPercent: byNumber(names, values) }) }
    case 'sensor':
      return { temperatures: create(TemperatureSamplesSchema, { sensor: names, celsius: values }) }
    case 'mount':
      return {
        filesystems: create(FilesystemSamplesSchema, { mount: names, ...inField(FilesystemSamplesSchema) }),
      }
    case 'device':
      return {
        blockDevices: create(BlockDeviceSamplesSchema, {
          device: names,
          ...inField(BlockDeviceSamplesSchema),
        }),
      }
    case 'interface':
      return {
        networks: create(NetworkSamplesSchema, { interface: names, ...inField(NetworkSamplesSchema) }),
      }
    case 'process':
      return {
        processes: create(ProcessSamplesSchema, { ...processes(names), ...inField(ProcessSamplesSchema) }),
      }
    case 'check':
    case 'labels':
      throw new RangeError(`no rule judges ${key}`)
  }
}

// Names of cores are their numbers; they come in any order.
function byNumber(names: readonly string[], values: readonly number[]): number[] {
  const cores: number[] = []
  for (const [i, value] of values.entries()) cores[Number(names[i])] = value
  return cores
}

// As charts show them: `node (4242)`.
function processes(names: readonly string[]): { name: string[]; pid: number[] } {
  const parts = names.map((text) => /^(.*) \((\d+)\)$/s.exec(text))
  return { name: parts.map((part) => part?.[1] ?? ''), pid: parts.map((part) => Number(part?.[2] ?? 0)) }
}

function fieldOf(schema: DescMessage, column: string): string {
  const field = schema.fields.find(({ name }) => name === column)
  if (!field) throw new RangeError(`no field ${column} in ${schema.name}`)
  return field.localName
}
