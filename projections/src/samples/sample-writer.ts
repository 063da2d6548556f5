// Observations into rows, straight into the encoder of each table. What comes here has been checked. Of custom metrics not
// all are taken: they have rows of their own.

import type { Observation } from '@secumon/contracts/gen/observation'
import type { RowWriter, WriteRows } from '@secumon/infra/database/row-writer'
import {
  CHECK_COLUMNS,
  DEVICE_COLUMNS,
  FILESYSTEM_COLUMNS,
  HOST_COLUMNS,
  NETWORK_COLUMNS,
  PROCESS_COLUMNS,
} from './columns.ts'
import type { SampleColumn } from './sample-column.ts'
import { hostReading } from './host-reading.ts'
import {
  CHECK_SHAPE,
  DEVICE_SHAPE,
  FILESYSTEM_SHAPE,
  HOST_SHAPE,
  NETWORK_SHAPE,
  PROCESS_SHAPE,
} from './tables.ts'

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
  const checks = writeRows(CHECK_SHAPE)
  const all = [hosts, filesystems, devices, networks, processes, checks]
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
      for (const sample of observation.checks)
        addRows(checks, CHECK_COLUMNS, {
          stamp,
          intervalMs: sample.intervalMs,
          sample,
          rows: sample.check.length,
        })
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
}

function addRows<Sample>(
  writer: RowWriter,
  columns: readonly SampleColumn<Sample>[],
  { rows, ...sample }: Rows<Sample> & { readonly rows: number },
): void {
  for (let row = 0; row < rows; row++) addRow(writer, columns, { ...sample, row })
}

/** Adds the row at this place of a sample to the table's encoder. */
export function addRow<Sample>(
  writer: RowWriter,
  columns: readonly SampleColumn<Sample>[],
  { stamp, intervalMs, sample, row }: Rows<Sample> & { readonly row: number },
): void {
  beginRow(writer, stamp, intervalMs)
  writeValues(writer, columns, sample, row)
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
