// The panels of the agent page: which metrics, how drawn. A new panel is one entry here.

import type { Dimension, MetricKey } from '@secumon/contracts/metrics'
import type { TextKey } from '../i18n/en.ts'
import type { DisplayUnit } from '../shape/number-format.ts'

export type PanelSeries = {
  readonly key: MetricKey
  readonly label: TextKey
  /** Of the eight series colours; with a dimension the colour tells the dimension's values apart instead. */
  readonly colour?: number
  readonly dashed?: boolean
  readonly filled?: boolean
}

export type Panel = {
  readonly id: string
  readonly title: TextKey
  /** What the number is of. */
  readonly of?: TextKey
  readonly unit: DisplayUnit
  readonly draw: 'lines' | 'stacked' | 'heat'
  readonly dimension?: Dimension
  /** One value of the dimension; absent: as many as an answer holds. */
  readonly only?: string
  /** Answers are multiplied by this: 8 turns bytes into bits. */
  readonly factor?: number
  readonly top?: number
  readonly series: readonly PanelSeries[]
}

const CPU: Panel = {
  id: 'cpu', title: 'panelCpu', of: 'ofAllCores', unit: 'percent', draw: 'stacked', top: 100,
  series: [
    { key: 'cpu.user_percent', label: 'seriesUser', colour: 2 },
    { key: 'cpu.system_percent', label: 'seriesSystem', colour: 1 },
    { key: 'cpu.iowait_percent', label: 'seriesIowait', colour: 6 },
    { key: 'cpu.steal_percent', label: 'seriesSteal', colour: 7 },
  ],
} // prettier-ignore
const CORES: Panel = {
  id: 'cores', title: 'panelCores', of: 'ofOneCore', unit: 'percent', draw: 'heat', dimension: 'core', top: 100,
  series: [{ key: 'cpu.core_busy_percent', label: 'cpu' }],
} // prettier-ignore
const LOAD: Panel = {
  id: 'load', title: 'panelLoad', of: 'tasks', unit: 'count', draw: 'lines',
  series: [
    { key: 'cpu.load_avg_1', label: 'load1', colour: 1 },
    { key: 'cpu.load_avg_5', label: 'load5', colour: 2 },
    { key: 'cpu.load_avg_15', label: 'load15', colour: 5 },
  ],
} // prettier-ignore
const MEMORY: Panel = {
  id: 'memory', title: 'panelMemory', unit: 'bytes', draw: 'lines',
  series: [
    { key: 'memory.used_bytes', label: 'seriesUsed', colour: 5, filled: true },
    { key: 'memory.cached_bytes', label: 'seriesCached', colour: 3 },
    { key: 'memory.buffers_bytes', label: 'seriesBuffers', colour: 7 },
    { key: 'memory.total_bytes', label: 'seriesTotal', colour: 8, dashed: true },
  ],
} // prettier-ignore
const SWAP: Panel = {
  id: 'swap', title: 'panelSwap', unit: 'bytes', draw: 'lines',
  series: [
    { key: 'swap.used_bytes', label: 'seriesUsed', colour: 5, filled: true },
    { key: 'swap.total_bytes', label: 'seriesTotal', colour: 8, dashed: true },
  ],
} // prettier-ignore
const DISK_USAGE: Panel = {
  id: 'disk-usage', title: 'panelDiskUsage', of: 'ofSpace', unit: 'percent', draw: 'lines', dimension: 'mount', top: 100,
  series: [{ key: 'disk.usage_percent', label: 'seriesUsed' }],
} // prettier-ignore
const INODES: Panel = {
  id: 'inodes', title: 'panelInodes', of: 'ofInodes', unit: 'percent', draw: 'lines', dimension: 'mount', top: 100,
  series: [{ key: 'disk.inodes_usage_percent', label: 'seriesUsed' }],
} // prettier-ignore
const DISK_THROUGHPUT: Panel = {
  id: 'disk-throughput', title: 'panelDiskThroughput', unit: 'bytes_per_second', draw: 'lines', dimension: 'device',
  series: [
    { key: 'disk.read_bytes', label: 'seriesRead' },
    { key: 'disk.write_bytes', label: 'seriesWrite', dashed: true },
  ],
} // prettier-ignore
const DISK_OPERATIONS: Panel = {
  id: 'disk-operations', title: 'panelDiskOperations', unit: 'per_second', draw: 'lines', dimension: 'device',
  series: [
    { key: 'disk.read_operations', label: 'seriesRead' },
    { key: 'disk.write_operations', label: 'seriesWrite', dashed: true },
  ],
} // prettier-ignore
const DISK_BUSY: Panel = {
  id: 'disk-busy', title: 'panelDiskBusy', of: 'ofTime', unit: 'percent', draw: 'lines', dimension: 'device', top: 100,
  series: [{ key: 'disk.busy_percent', label: 'panelDiskBusy' }],
} // prettier-ignore
const DISK_AWAIT: Panel = {
  id: 'disk-await', title: 'panelDiskAwait', of: 'perOperation', unit: 'milliseconds', draw: 'lines', dimension: 'device',
  series: [{ key: 'disk.await_ms', label: 'panelDiskAwait' }],
} // prettier-ignore
const NETWORK: Panel = {
  id: 'network', title: 'panelNetwork', unit: 'bits_per_second', draw: 'lines', dimension: 'interface', factor: 8,
  series: [
    { key: 'network.receive_bytes', label: 'seriesReceived' },
    { key: 'network.transmit_bytes', label: 'seriesSent', dashed: true },
  ],
} // prettier-ignore
const PACKETS: Panel = {
  id: 'packets', title: 'panelPackets', unit: 'per_second', draw: 'lines', dimension: 'interface',
  series: [
    { key: 'network.receive_packets', label: 'seriesReceived' },
    { key: 'network.transmit_packets', label: 'seriesSent', dashed: true },
  ],
} // prettier-ignore
const NETWORK_FAULTS: Panel = {
  id: 'network-faults', title: 'panelNetworkFaults', unit: 'per_second', draw: 'lines', dimension: 'interface',
  series: [
    { key: 'network.receive_errors', label: 'seriesReceiveErrors' },
    { key: 'network.transmit_errors', label: 'seriesSendErrors', dashed: true },
    { key: 'network.receive_drops', label: 'seriesReceiveDrops' },
    { key: 'network.transmit_drops', label: 'seriesSendDrops', dashed: true },
  ],
} // prettier-ignore
const TEMPERATURE: Panel = {
  id: 'temperature', title: 'panelTemperature', unit: 'celsius', draw: 'lines', dimension: 'sensor',
  series: [{ key: 'temperature.celsius', label: 'panelTemperature' }],
} // prettier-ignore
const PROCESSES: Panel = {
  id: 'processes', title: 'panelProcesses', unit: 'count', draw: 'lines',
  series: [{ key: 'system.processes', label: 'seriesProcesses', colour: 5 }],
} // prettier-ignore

/** The panels of each tab, in reading order. Those whose dimension the host does not have are left out by the page. */
export const PANELS = {
  overview: [CPU, CORES, LOAD, MEMORY, SWAP, DISK_USAGE, DISK_THROUGHPUT, NETWORK, TEMPERATURE],
  processes: [PROCESSES],
  disks: [DISK_USAGE, INODES, DISK_THROUGHPUT, DISK_OPERATIONS, DISK_BUSY, DISK_AWAIT],
  network: [NETWORK, PACKETS, NETWORK_FAULTS],
} as const satisfies Readonly<Record<string, readonly Panel[]>>
