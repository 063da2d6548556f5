// The latest values read back from the tables: what a reader knows before the next frame comes.

import { METRICS, type Dimension, type Metric } from '@secumon/contracts/metrics'
import type { Kysely } from 'kysely'
import { latestRows, type SampleRow } from '../samples/queries/latest-rows.ts'
import type { TenantScope } from '../tenant-scope.ts'
import type { DimensionValues, Latest } from './latest.ts'

const catalogue: readonly Metric[] = METRICS

/**
 * Undefined when the tables hold nothing of the agent. Who is logged in and which collectors fail is not kept there.
 */
export async function warmLatest(
  db: Kysely<unknown>,
  scope: TenantScope,
  agent: string,
): Promise<Latest | undefined> {
  const { metrics, disks, networks, processes } = await latestRows(db, scope, agent)
  if (!metrics) return undefined
  const mounts = disks.filter((row) => row['mount'] !== null)
  return {
    at: numberOf(metrics['time']) ?? 0,
    interval_ms: numberOf(metrics['interval_ms']) ?? 0,
    host: valuesOf(metrics, undefined, 'metrics'),
    cores: numbersOf(metrics['cpu_core_busy_percent']),
    mounts: mounts.map((row) => ({
      ...dimensionValues(row, 'mount'),
      device: textOf(row['device']),
      type: textOf(row['type']),
    })),
    devices: disks.filter((row) => row['mount'] === null).map((row) => dimensionValues(row, 'device')),
    interfaces: networks.map((row) => dimensionValues(row, 'interface')),
    sensors: sensorsOf(metrics),
    processes: processes.map((row) => ({
      pid: numberOf(row['pid']) ?? 0,
      name: textOf(row['name']),
      user: textOf(row['user_name']),
      cpu_percent: numberOf(row['cpu_percent']) ?? 0,
      rss_bytes: numberOf(row['rss_bytes']) ?? 0,
    })),
    processes_at: numberOf(processes[0]?.['time']) ?? null,
    users: [],
    faults: [],
  }
}

const dimensionValues = (row: SampleRow, dimension: Dimension): DimensionValues => ({
  name: textOf(row[dimension]),
  values: valuesOf(row, dimension),
})

/** The row's values by metric key. */
function valuesOf(row: SampleRow, dimension: Dimension | undefined, table?: string): Record<string, number> {
  const values: Record<string, number> = {}
  for (const metric of catalogue) {
    if (metric.dimension !== dimension || (table !== undefined && metric.table !== table)) continue
    const value = numberOf(row[metric.column])
    if (value !== undefined) values[metric.key] = value
  }
  return values
}

function sensorsOf(row: SampleRow): DimensionValues[] {
  const celsius = numbersOf(row['temperature_celsius'])
  return textsOf(row['temperature_sensor']).map((name, i) => {
    const value = celsius[i]
    return { name, values: value === undefined ? {} : { 'temperature.celsius': value } }
  })
}

type Value = SampleRow[string] | undefined

const isList = (value: Value): value is readonly (number | string)[] => Array.isArray(value)
const numberOf = (value: Value): number | undefined => (typeof value === 'number' ? value : undefined)
const textOf = (value: Value): string => (typeof value === 'string' ? value : '')
const numbersOf = (value: Value): number[] =>
  isList(value) ? value.filter((item) => typeof item === 'number') : []
const textsOf = (value: Value): string[] =>
  isList(value) ? value.filter((item) => typeof item === 'string') : []
