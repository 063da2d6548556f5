// What of an observation goes into which column: definition, order and value of each in one line. Tables, the encoder,
// the checks and the queries read these lists. A new metric is one line here and one in the catalogue.

import type {
  BlockDeviceSamples,
  CheckSamples,
  FilesystemSamples,
  NetworkSamples,
  ProcessSamples,
} from '@secumon/contracts/gen/observation'
import type { HostReading } from './host-reading.ts'
import { many, one, type SampleColumn } from './sample-column.ts'

// prettier-ignore
export const HOST_COLUMNS: readonly SampleColumn<HostReading>[] = [
  one.real('cpu_usage_percent', ({ host }) => host.cpuUsagePercent),
  one.real('cpu_user_percent', ({ host }) => host.cpuUserPercent),
  one.real('cpu_system_percent', ({ host }) => host.cpuSystemPercent),
  one.real('cpu_iowait_percent', ({ host }) => host.cpuIowaitPercent),
  one.real('cpu_steal_percent', ({ host }) => host.cpuStealPercent),
  one.real('cpu_idle_percent', ({ host }) => host.cpuIdlePercent),
  one.real('cpu_load_avg_1', ({ host }) => host.cpuLoadAvg1),
  one.real('cpu_load_avg_5', ({ host }) => host.cpuLoadAvg5),
  one.real('cpu_load_avg_15', ({ host }) => host.cpuLoadAvg15),
  one.count('memory_total_bytes', ({ host }) => host.memoryTotalBytes),
  one.count('memory_used_bytes', ({ host }) => host.memoryUsedBytes),
  one.count('memory_available_bytes', ({ host }) => host.memoryAvailableBytes),
  one.count('memory_cached_bytes', ({ host }) => host.memoryCachedBytes),
  one.count('memory_buffers_bytes', ({ host }) => host.memoryBuffersBytes),
  one.real('memory_usage_percent', ({ host }) => host.memoryUsagePercent),
  one.count('swap_total_bytes', ({ host }) => host.swapTotalBytes),
  one.count('swap_used_bytes', ({ host }) => host.swapUsedBytes),
  one.real('swap_usage_percent', ({ host }) => host.swapUsagePercent),
  one.double('system_uptime_seconds', ({ host }) => host.systemUptimeSeconds),
  one.integer('system_users', ({ host }) => host.systemUsers),
  one.integer('system_processes', ({ host }) => host.systemProcesses),
  one.integer('systemd_failed_units', ({ host }) => host.systemdFailedUnits),
  one.real('temperature_max_celsius', ({ host }) => host.temperatureMaxCelsius),
  one.reals('cpu_core_busy_percent', ({ host }) => host.cpuCoreBusyPercent),
  one.texts('temperature_sensor', ({ temperatures }) => temperatures?.sensor),
  one.reals('temperature_celsius', ({ temperatures }) => temperatures?.celsius),
]

// prettier-ignore
export const FILESYSTEM_COLUMNS: readonly SampleColumn<FilesystemSamples>[] = [
  many.text('mount', (s) => s.mount),
  many.text('device', (s) => s.device),
  many.text('type', (s) => s.type),
  many.count('total_bytes', (s) => s.totalBytes),
  many.count('used_bytes', (s) => s.usedBytes),
  many.count('free_bytes', (s) => s.freeBytes),
  many.real('usage_percent', (s) => s.usagePercent),
  many.count('inodes_total', (s) => s.inodesTotal),
  many.count('inodes_used', (s) => s.inodesUsed),
  many.real('inodes_usage_percent', (s) => s.inodesUsagePercent),
]

/** Rows of block devices have no mount; that tells them from rows of file systems in the same table. */
// prettier-ignore
export const DEVICE_COLUMNS: readonly SampleColumn<BlockDeviceSamples>[] = [
  many.text('device', (s) => s.device),
  many.count('read_bytes', (s) => s.readBytes),
  many.count('write_bytes', (s) => s.writeBytes),
  many.count('read_operations', (s) => s.readOperations),
  many.count('write_operations', (s) => s.writeOperations),
  many.real('busy_percent', (s) => s.busyPercent),
  many.real('await_ms', (s) => s.awaitMs),
]

// prettier-ignore
export const NETWORK_COLUMNS: readonly SampleColumn<NetworkSamples>[] = [
  many.text('interface', (s) => s.interface),
  many.count('receive_bytes', (s) => s.receiveBytes),
  many.count('transmit_bytes', (s) => s.transmitBytes),
  many.count('receive_packets', (s) => s.receivePackets),
  many.count('transmit_packets', (s) => s.transmitPackets),
  many.count('receive_errors', (s) => s.receiveErrors),
  many.count('transmit_errors', (s) => s.transmitErrors),
  many.count('receive_drops', (s) => s.receiveDrops),
  many.count('transmit_drops', (s) => s.transmitDrops),
]

// prettier-ignore
export const PROCESS_COLUMNS: readonly SampleColumn<ProcessSamples>[] = [
  many.integer('pid', (s) => s.pid),
  many.text('name', (s) => s.name),
  many.text('user_name', (s) => s.user),
  many.real('cpu_percent', (s) => s.cpuPercent),
  many.count('rss_bytes', (s) => s.rssBytes),
]

/** A check's message has no values of what its kind does not measure. */
// prettier-ignore
export const CHECK_COLUMNS: readonly SampleColumn<CheckSamples>[] = [
  many.ulid('check_id', (s) => s.check),
  many.real('up_percent', (s) => s.upPercent),
  many.real('duration_ms', (s) => s.durationMs),
  many.real('loss_percent', (s) => s.lossPercent),
  many.real('round_trip_min_ms', (s) => s.roundTripMinMs),
  many.real('round_trip_avg_ms', (s) => s.roundTripAvgMs),
  many.real('round_trip_max_ms', (s) => s.roundTripMaxMs),
  many.real('jitter_ms', (s) => s.jitterMs),
  many.real('name_lookup_ms', (s) => s.nameLookupMs),
  many.real('connect_ms', (s) => s.connectMs),
  many.real('tls_handshake_ms', (s) => s.tlsHandshakeMs),
  many.real('first_byte_ms', (s) => s.firstByteMs),
  many.real('transfer_ms', (s) => s.transferMs),
  many.real('certificate_days_left', (s) => s.certificateDaysLeft),
]
