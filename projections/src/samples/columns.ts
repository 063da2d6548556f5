// What of an observation goes into which column: definition, order and value of each in one line. Tables, the encoder,
// the checks and the queries read these lists. A new metric is one line here and one in the catalogue.

import type {
  BlockDeviceSamples,
  FilesystemSamples,
  NetworkSamples,
  ProcessSamples,
} from '@secumon/contracts/gen/observation'
import type { RowWriter } from '@secumon/infra/database/row-writer'
import type { HostReading } from './host-reading.ts'

/** Kinds a sample's column can have; `count` is a bigint given as a double. */
export type SampleKind = 'real' | 'double precision' | 'count' | 'integer' | 'text' | 'real[]' | 'text[]'

export type SampleValue = number | string | readonly number[] | readonly string[] | undefined

export type SampleColumn<Sample> = {
  readonly name: string
  readonly kind: SampleKind
  readonly value: (sample: Sample, i: number) => SampleValue
  readonly write: (writer: RowWriter, sample: Sample, i: number) => void
}

type Value<Sample, T> = (sample: Sample, i: number) => T | undefined

const real = <S>(name: string, value: Value<S, number>): SampleColumn<S> => {
  return { name, kind: 'real', value, write: (writer, sample, i) => writer.real(value(sample, i)) }
}
const double = <S>(name: string, value: Value<S, number>): SampleColumn<S> => {
  return {
    name,
    kind: 'double precision',
    value,
    write: (writer, sample, i) => writer.double(value(sample, i)),
  }
}
const integer = <S>(name: string, value: Value<S, number>): SampleColumn<S> => {
  return { name, kind: 'integer', value, write: (writer, sample, i) => writer.integer(value(sample, i)) }
}
const count = <S>(name: string, value: Value<S, number>): SampleColumn<S> => {
  return {
    name,
    kind: 'count',
    value,
    write: (writer, sample, i) => writer.bigint(rounded(value(sample, i))),
  }
}
const text = <S>(name: string, value: Value<S, string>): SampleColumn<S> => {
  return { name, kind: 'text', value, write: (writer, sample, i) => writer.text(value(sample, i)) }
}
const reals = <S>(name: string, value: Value<S, readonly number[]>): SampleColumn<S> => {
  return {
    name,
    kind: 'real[]',
    value,
    write: (writer, sample, i) => writer.realArray(value(sample, i) ?? []),
  }
}
const texts = <S>(name: string, value: Value<S, readonly string[]>): SampleColumn<S> => {
  return {
    name,
    kind: 'text[]',
    value,
    write: (writer, sample, i) => writer.textArray(value(sample, i) ?? []),
  }
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value)

// prettier-ignore
export const HOST_COLUMNS: readonly SampleColumn<HostReading>[] = [
  real('cpu_usage_percent', ({ host }) => host.cpuUsagePercent),
  real('cpu_user_percent', ({ host }) => host.cpuUserPercent),
  real('cpu_system_percent', ({ host }) => host.cpuSystemPercent),
  real('cpu_iowait_percent', ({ host }) => host.cpuIowaitPercent),
  real('cpu_steal_percent', ({ host }) => host.cpuStealPercent),
  real('cpu_idle_percent', ({ host }) => host.cpuIdlePercent),
  real('cpu_load_avg_1', ({ host }) => host.cpuLoadAvg1),
  real('cpu_load_avg_5', ({ host }) => host.cpuLoadAvg5),
  real('cpu_load_avg_15', ({ host }) => host.cpuLoadAvg15),
  count('memory_total_bytes', ({ host }) => host.memoryTotalBytes),
  count('memory_used_bytes', ({ host }) => host.memoryUsedBytes),
  count('memory_available_bytes', ({ host }) => host.memoryAvailableBytes),
  count('memory_cached_bytes', ({ host }) => host.memoryCachedBytes),
  count('memory_buffers_bytes', ({ host }) => host.memoryBuffersBytes),
  real('memory_usage_percent', ({ host }) => host.memoryUsagePercent),
  count('swap_total_bytes', ({ host }) => host.swapTotalBytes),
  count('swap_used_bytes', ({ host }) => host.swapUsedBytes),
  real('swap_usage_percent', ({ host }) => host.swapUsagePercent),
  double('system_uptime_seconds', ({ host }) => host.systemUptimeSeconds),
  integer('system_users', ({ host }) => host.systemUsers),
  integer('system_processes', ({ host }) => host.systemProcesses),
  integer('systemd_failed_units', ({ host }) => host.systemdFailedUnits),
  real('temperature_max_celsius', ({ host }) => host.temperatureMaxCelsius),
  reals('cpu_core_busy_percent', ({ host }) => host.cpuCoreBusyPercent),
  texts('temperature_sensor', ({ temperatures }) => temperatures?.sensor),
  reals('temperature_celsius', ({ temperatures }) => temperatures?.celsius),
]

// prettier-ignore
export const FILESYSTEM_COLUMNS: readonly SampleColumn<FilesystemSamples>[] = [
  text('mount', (s, i) => s.mount[i]),
  text('device', (s, i) => s.device[i]),
  text('type', (s, i) => s.type[i]),
  count('total_bytes', (s, i) => s.totalBytes[i]),
  count('used_bytes', (s, i) => s.usedBytes[i]),
  count('free_bytes', (s, i) => s.freeBytes[i]),
  real('usage_percent', (s, i) => s.usagePercent[i]),
  count('inodes_total', (s, i) => s.inodesTotal[i]),
  count('inodes_used', (s, i) => s.inodesUsed[i]),
  real('inodes_usage_percent', (s, i) => s.inodesUsagePercent[i]),
]

/** Rows of block devices have no mount; that tells them from rows of file systems in the same table. */
// prettier-ignore
export const DEVICE_COLUMNS: readonly SampleColumn<BlockDeviceSamples>[] = [
  text('device', (s, i) => s.device[i]),
  count('read_bytes', (s, i) => s.readBytes[i]),
  count('write_bytes', (s, i) => s.writeBytes[i]),
  count('read_operations', (s, i) => s.readOperations[i]),
  count('write_operations', (s, i) => s.writeOperations[i]),
  real('busy_percent', (s, i) => s.busyPercent[i]),
  real('await_ms', (s, i) => s.awaitMs[i]),
]

// prettier-ignore
export const NETWORK_COLUMNS: readonly SampleColumn<NetworkSamples>[] = [
  text('interface', (s, i) => s.interface[i]),
  count('receive_bytes', (s, i) => s.receiveBytes[i]),
  count('transmit_bytes', (s, i) => s.transmitBytes[i]),
  count('receive_packets', (s, i) => s.receivePackets[i]),
  count('transmit_packets', (s, i) => s.transmitPackets[i]),
  count('receive_errors', (s, i) => s.receiveErrors[i]),
  count('transmit_errors', (s, i) => s.transmitErrors[i]),
  count('receive_drops', (s, i) => s.receiveDrops[i]),
  count('transmit_drops', (s, i) => s.transmitDrops[i]),
]

// prettier-ignore
export const PROCESS_COLUMNS: readonly SampleColumn<ProcessSamples>[] = [
  integer('pid', (s, i) => s.pid[i]),
  text('name', (s, i) => s.name[i]),
  text('user_name', (s, i) => s.user[i]),
  real('cpu_percent', (s, i) => s.cpuPercent[i]),
  count('rss_bytes', (s, i) => s.rssBytes[i]),
]
