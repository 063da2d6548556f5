// Whether an observation can be stored as it is. A host can sign anything; what passes here is finite, in the range of
// its column, complete and bounded in number.

import type { Observation } from '@secumon/contracts/gen/observation'
import {
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
  type SampleColumn,
  type SampleKind,
  type SampleValue,
} from './columns.ts'
import { hostReading } from './host-reading.ts'

export class InvalidSample extends Error {
  override readonly name = 'InvalidSample'
}

/** Observations of one frame at most: ten minutes of the shortest period. */
export const MAX_OBSERVATIONS = 600
/** Mounts, devices, interfaces, processes or array elements of one observation at most. */
export const MAX_ELEMENTS = 2_000
const MAX_CHARACTERS = 1_024
const MAX_INTEGER = 2 ** 31 - 1
const MAX_REAL = 3.4e38

/** @throws InvalidSample naming the column and what is wrong with it */
export function checkObservations(observations: readonly Observation[]): void {
  if (observations.length > MAX_OBSERVATIONS)
    throw new InvalidSample(`${observations.length} observations in a frame`)
  for (const observation of observations) checkObservation(observation)
}

function checkObservation(observation: Observation): void {
  const { filesystems, blockDevices, networks, processes, temperatures } = observation
  if (observation.intervalMs > MAX_INTEGER) throw new InvalidSample(`interval_ms ${observation.intervalMs}`)
  if (temperatures && temperatures.sensor.length !== temperatures.celsius.length)
    throw new InvalidSample('as many temperatures as sensors are needed')
  const host = hostReading(observation)
  if (host) for (const column of HOST_COLUMNS) checkValue(column, column.value(host, 0))
  if (filesystems) checkRows(filesystems, filesystems.mount, FILESYSTEM_COLUMNS)
  if (blockDevices) checkRows(blockDevices, blockDevices.device, DEVICE_COLUMNS)
  if (networks) checkRows(networks, networks.interface, NETWORK_COLUMNS)
  if (processes) checkRows(processes, processes.pid, PROCESS_COLUMNS)
}

type Named = readonly (string | number)[]

function checkRows<Sample extends object>(
  sample: Sample,
  names: Named,
  columns: readonly SampleColumn<Sample>[],
): void {
  if (names.length > MAX_ELEMENTS) throw new InvalidSample(`${names.length} rows of ${columns[0]?.name}`)
  for (const [field, values] of Object.entries(sample))
    if (Array.isArray(values) && values.length !== names.length && values.length !== 0)
      throw new InvalidSample(`${field} has ${values.length} values for ${names.length} ${columns[0]?.name}s`)
  for (let i = 0; i < names.length; i++) {
    if (names[i] === '') throw new InvalidSample(`an empty ${columns[0]?.name}`)
    for (const column of columns) checkValue(column, column.value(sample, i))
  }
}

const CHECKS: Record<SampleKind, (value: SampleValue) => boolean> = {
  real: isReal,
  'double precision': (value) => Number.isFinite(value),
  count: (value) => typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER,
  integer: (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER,
  text: isText,
  'real[]': (value) => isArrayOf(value, isReal),
  'text[]': (value) => isArrayOf(value, isText),
}

function checkValue({ name, kind }: { name: string; kind: SampleKind }, value: SampleValue): void {
  if (value !== undefined && !CHECKS[kind](value))
    throw new InvalidSample(`${name} cannot be ${String(value).slice(0, 40)}`)
}

function isReal(value: SampleValue): boolean {
  return typeof value === 'number' && Math.abs(value) <= MAX_REAL
}

function isText(value: SampleValue): boolean {
  return typeof value === 'string' && value.length <= MAX_CHARACTERS && !value.includes('\0')
}

function isArrayOf(value: SampleValue, isElement: (element: number | string) => boolean): boolean {
  const elements: readonly (number | string)[] | undefined = typeof value === 'object' ? value : undefined
  return elements !== undefined && elements.length <= MAX_ELEMENTS && elements.every(isElement)
}
