// Whether an observation can be stored as it is. A host can sign anything; what passes here is finite, in the range of
// its column, complete and bounded in number.

import type { Observation } from '@secumon/contracts/gen/observation'
import {
  CHECK_COLUMNS,
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
} from './columns.ts'
import { checkCustom } from './custom/custom-columns.ts'
import { hostReading } from './host-reading.ts'
import { InvalidSample, MAX_ELEMENTS, type SampleColumn } from './sample-column.ts'

/** Observations of one frame at most: ten minutes of the shortest period. */
export const MAX_OBSERVATIONS = 600
/** Messages of checks in one observation. */
const MAX_KINDS_OF_CHECKS = 64
const MAX_INTERVAL_MS = 2 ** 31 - 1

/** @throws InvalidSample naming the column and what is wrong with it */
export function checkObservations(observations: readonly Observation[]): void {
  if (observations.length > MAX_OBSERVATIONS)
    throw new InvalidSample(`${observations.length} observations in a frame`)
  for (const observation of observations) checkObservation(observation)
}

function checkObservation(observation: Observation): void {
  const { filesystems, blockDevices, networks, processes, temperatures, checks, custom } = observation
  for (const { intervalMs } of [observation, ...checks, ...(custom ? [custom] : [])])
    if (intervalMs > MAX_INTERVAL_MS) throw new InvalidSample(`interval_ms ${intervalMs}`)
  if (temperatures && temperatures.sensor.length !== temperatures.celsius.length)
    throw new InvalidSample('as many temperatures as sensors are needed')
  const host = hostReading(observation)
  if (host) for (const column of HOST_COLUMNS) column.check(host, 1)
  if (filesystems) checkRows(filesystems, filesystems.mount, FILESYSTEM_COLUMNS)
  if (blockDevices) checkRows(blockDevices, blockDevices.device, DEVICE_COLUMNS)
  if (networks) checkRows(networks, networks.interface, NETWORK_COLUMNS)
  if (processes) checkRows(processes, processes.pid, PROCESS_COLUMNS)
  if (checks.length > MAX_KINDS_OF_CHECKS) throw new InvalidSample(`${checks.length} kinds of checks`)
  if (checks.reduce((rows, { check }) => rows + check.length, 0) > MAX_ELEMENTS)
    throw new InvalidSample('too many checks')
  for (const sample of checks) checkRows(sample, sample.check, CHECK_COLUMNS)
  if (custom) checkCustom(custom)
}

function checkRows<Sample>(
  sample: Sample,
  names: readonly (string | number)[],
  columns: readonly SampleColumn<Sample>[],
): void {
  if (names.length > MAX_ELEMENTS) throw new InvalidSample(`${names.length} rows of ${columns[0]?.name}`)
  for (const name of names) if (name === '') throw new InvalidSample(`an empty ${columns[0]?.name}`)
  for (const column of columns) column.check(sample, names.length)
}
