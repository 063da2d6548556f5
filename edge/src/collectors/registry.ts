// The collectors of each platform, in the order they are asked. A new one is a file and a line here.

import { createInventoryCollector, createPortableInventoryCollector } from '../inventory/inventory.ts'
import { createBlockDevicesCollector } from './block-devices.ts'
import { HOST_ROOTS, type Collector, type CreateCollector, type MeasuredHost } from './collector.ts'
import { createCpuCollector } from './cpu.ts'
import { createFilesystemsCollector } from './filesystems.ts'
import { createLoadCollector } from './load.ts'
import { createLoggedInUsersCollector } from './logged-in-users.ts'
import { createMemoryCollector } from './memory.ts'
import { createNetworksCollector } from './networks.ts'
import * as portable from './portable.ts'
import { createProcessesCollector } from './processes.ts'
import { createSystemdUnitsCollector } from './systemd-units.ts'
import { createTemperaturesCollector } from './temperatures.ts'
import { createTextFilesCollector } from './text-files.ts'
import { createUptimeCollector } from './uptime.ts'

export const LINUX_COLLECTORS: readonly CreateCollector[] = [
  createCpuCollector,
  createLoadCollector,
  createMemoryCollector,
  createBlockDevicesCollector,
  createNetworksCollector,
  createFilesystemsCollector,
  createProcessesCollector,
  createUptimeCollector,
  createLoggedInUsersCollector,
  createSystemdUnitsCollector,
  createTemperaturesCollector,
  createTextFilesCollector,
  createInventoryCollector,
]

export const PORTABLE_COLLECTORS: readonly CreateCollector[] = [
  portable.createPortableCpuCollector,
  portable.createPortableMemoryCollector,
  portable.createPortableFilesystemsCollector,
  portable.createPortableNetworksCollector,
  createTextFilesCollector,
  createPortableInventoryCollector,
]

export type CollectorOptions = Omit<MeasuredHost, 'roots'> & {
  readonly roots?: MeasuredHost['roots']
  /** Whose files and programs to expect. */
  readonly platform?: NodeJS.Platform
}

/** Makes the collectors that suit this machine, in the order of the registry. */
export function createCollectors(options: CollectorOptions): Collector[] {
  const { roots = HOST_ROOTS, platform = process.platform, ...host } = options
  const kinds = platform === 'linux' ? LINUX_COLLECTORS : PORTABLE_COLLECTORS
  return kinds.map((createOne) => createOne({ ...host, roots }))
}
