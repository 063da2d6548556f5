// Disk I/O per whole device from /proc/diskstats: physical devices only, so that sums count each byte once.
// Source of the format: Linux Documentation/admin-guide/iostats.rst. Sectors are 512 bytes whatever the device says.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCounterTable, kernelWrap, WRAP_32 } from '../counters.ts'
import type { CreateCollector } from './collector.ts'

export const MAX_BLOCK_DEVICES = 100
const SECTOR_BYTES = 512
/** Loop and memory disks, optical and floppy drives, and what stacks upon other devices. */
const NOT_PHYSICAL = /^(loop|ram|zram|sr|fd|dm-|md|drbd|bcache|zd)\d/
/** Names of partitions, for hosts that show no /sys/block. */
const PARTITION = /^((s|h|v|xv)d[a-z]+\d+|(nvme\d+n\d+|mmcblk\d+|nbd\d+)p\d+|mmcblk\d+boot\d)$/

/** Columns of the counters: reads, sectors read, ms reading, writes, sectors written, ms writing, ms busy. */
const FIELDS = [3, 5, 6, 7, 9, 10, 12] as const
const word = kernelWrap(process.arch)
const WRAPS = [word, word, WRAP_32, word, word, WRAP_32, WRAP_32]

/** Measures `disk.*` of devices; a device has no row until it was seen twice. */
export const createBlockDevicesCollector: CreateCollector = ({ roots }) => {
  const counters = createCounterTable(WRAPS)
  const wholeDevice = createWholeDeviceTest(join(roots.sys, 'block'))
  let previousMs: number | undefined
  return {
    name: 'block-devices',
    collect({ monotonicMs }) {
      const elapsedMs = monotonicMs - (previousMs ?? monotonicMs)
      const rows = emptyRows()
      for (const [device, values] of parseDiskstats(readFileSync(join(roots.proc, 'diskstats'), 'utf8'))) {
        if (rows.device.length >= MAX_BLOCK_DEVICES) break
        const deltas = wholeDevice(device) ? counters.deltas(device, values) : undefined
        if (deltas) add(rows, { device, deltas, elapsedMs })
      }
      counters.endReading()
      previousMs = monotonicMs
      return rows.device.length > 0 ? { blockDevices: rows } : {}
    },
  }
}

/** Name and the counters of `FIELDS`, of every device that is not excluded by its name. */
export function parseDiskstats(diskstats: string): [device: string, counters: number[]][] {
  const devices: [string, number[]][] = []
  for (const line of diskstats.split('\n')) {
    const columns = line.trim().split(/ +/)
    const device = columns[2]
    if (device === undefined || columns.length < 14 || NOT_PHYSICAL.test(device)) continue
    const values = FIELDS.map((field) => Number(columns[field]))
    if (values.every(Number.isFinite)) devices.push([device, values])
  }
  return devices
}

/** Asks /sys/block once per name; there partitions are not listed and a slash in a name is a `!`. */
function createWholeDeviceTest(directory: string): (device: string) => boolean {
  const hasDirectory = existsSync(directory)
  const known = new Map<string, boolean>()
  return (device) => {
    const answer =
      known.get(device) ??
      (hasDirectory ? existsSync(join(directory, device.replaceAll('/', '!'))) : !PARTITION.test(device))
    if (known.size < 10 * MAX_BLOCK_DEVICES) known.set(device, answer)
    return answer
  }
}

type Row = { readonly device: string; readonly deltas: readonly number[]; readonly elapsedMs: number }
type Rows = ReturnType<typeof emptyRows>

const emptyRows = () => ({
  device: [] as string[],
  readBytes: [] as number[],
  writeBytes: [] as number[],
  readOperations: [] as number[],
  writeOperations: [] as number[],
  busyPercent: [] as number[],
  awaitMs: [] as number[],
})

function add(rows: Rows, { device, deltas, elapsedMs }: Row): void {
  const [reads = 0, sectorsRead = 0, readMs = 0, writes = 0, sectorsWritten = 0, writeMs = 0, busyMs = 0] =
    deltas
  rows.device.push(device)
  rows.readBytes.push(sectorsRead * SECTOR_BYTES)
  rows.writeBytes.push(sectorsWritten * SECTOR_BYTES)
  rows.readOperations.push(reads)
  rows.writeOperations.push(writes)
  rows.busyPercent.push(elapsedMs > 0 ? Math.min(100, (100 * busyMs) / elapsedMs) : 0)
  rows.awaitMs.push(reads + writes > 0 ? (readMs + writeMs) / (reads + writes) : 0)
}
