// Observations into rows, straight into the encoder of each table. What comes here has been checked.

import type { Observation } from '@secumon/contracts/gen/observation'
import type { RowWriter, WriteRows } from '@secumon/infra/database/row-writer'
import {
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
} from './columns.ts'
import type { SampleColumn } from './sample-column.ts'
import { hostReading } from './host-reading.ts'
import { DEVICE_SHAPE, FILESYSTEM_SHAPE, HOST_SHAPE, NETWORK_SHAPE, PROCESS_SHAPE } from './tables.ts'

/** What every row of an observation has in common. */
export type Stamp = {
  readonly atMs: number
  readonly tenant: string
  /** 16 bytes. */
  readonly agent: Uint8Array
  readonly clockCorrected: boolean
}

/** Collects the rows of a batch and writes them table by table. */
export type SampleWriter = {
  add(stamp: Stamp, observation: Observation): void
  write(tx: Parameters<RowWriter['write']>[0], schema: string): Promise<void>
  clear(): void
}

/** The writers' buffers are kept from batch to batch. */
export function sampleWriter(writeRows: WriteRows): SampleWriter {
  const hosts = writeRows(HOST_SHAPE)
  const filesystems = writeRows(FILESYSTEM_SHAPE)
  const devices = writeRows(DEVICE_SHAPE)
  const networks = writeRows(NETWORK_SHAPE)
  const processes = writeRows(PROCESS_SHAPE)
  const all = [hosts, filesystems, devices, networks, processes]
  return {
    add(stamp, observation) {
      const { intervalMs } = observation
      const host = hostReading(observation)
      if (host) {
        beginRow(hosts, stamp, intervalMs)
        hosts.boolean(stamp.clockCorrected)
        writeValues(hosts, HOST_COLUMNS, host, 0)
      }
      const { filesystems: mounts, blockDevices, networks: interfaces, processes: top } = observation
      if (mounts)
        addRows(filesystems, FILESYSTEM_COLUMNS, {
          stamp,
          intervalMs,
          sample: mounts,
          rows: mounts.mount.length,
        })
      if (blockDevices)
        addRows(devices, DEVICE_COLUMNS, {
          stamp,
          intervalMs,
          sample: blockDevices,
          rows: blockDevices.device.length,
        })
      if (interfaces)
        addRows(networks, NETWORK_COLUMNS, {
          stamp,
          intervalMs,
          sample: interfaces,
          rows: interfaces.interface.length,
        })
      if (top) addRows(processes, PROCESS_COLUMNS, { stamp, intervalMs, sample: top, rows: top.pid.length })
    },
    async write(tx, schema) {
      for (const writer of all) await writer.write(tx, schema)
    },
    clear() {
      for (const writer of all) writer.clear()
    },
  }
}

type Rows<Sample> = {
  readonly stamp: Stamp
  readonly intervalMs: number
  readonly sample: Sample
  readonly rows: number
}

function addRows<Sample>(
  writer: RowWriter,
  columns: readonly SampleColumn<Sample>[],
  { stamp, intervalMs, sample, rows }: Rows<Sample>,
): void {
  for (let i = 0; i < rows; i++) {
    beginRow(writer, stamp, intervalMs)
    writeValues(writer, columns, sample, i)
  }
}

// In the order of STAMP_COLUMNS.
function beginRow(writer: RowWriter, stamp: Stamp, intervalMs: number): void {
  writer.row()
  writer.timestamptz(stamp.atMs)
  writer.uuid(stamp.agent)
  writer.integer(intervalMs)
  writer.text(stamp.tenant)
}

function writeValues<Sample>(
  writer: RowWriter,
  columns: readonly SampleColumn<Sample>[],
  sample: Sample,
  i: number,
): void {
  for (const column of columns) column.write(writer, sample, i)
}
