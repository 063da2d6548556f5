// Disks, drives and interfaces of a simulated host. Their traffic follows its activity.

import { create } from '@bufbuild/protobuf'
import {
  BlockDeviceSamplesSchema,
  FilesystemSamplesSchema,
  NetworkSamplesSchema,
  type BlockDeviceSamples,
  type FilesystemSamples,
  type NetworkSamples,
} from '@secumon/contracts/gen/observation'
import { DEVICES, INTERFACES, type SimulatedHost } from './simulated-host.ts'

const BLOCK_BYTES = 4096
/** Traffic of each further device and interface, beside the first. */
const SHARES = [1, 0.4, 0.1]

export function simulatedFilesystems(host: SimulatedHost): FilesystemSamples {
  const samples = create(FilesystemSamplesSchema)
  for (const { mount, device, type, totalBytes, usedShare, inodesTotal } of host.disks) {
    const usedBytes = Math.round((totalBytes * usedShare) / BLOCK_BYTES) * BLOCK_BYTES
    const inodesUsed = Math.round(inodesTotal * usedShare * 0.2)
    samples.mount.push(mount)
    samples.device.push(device)
    samples.type.push(type)
    samples.totalBytes.push(totalBytes)
    samples.usedBytes.push(usedBytes)
    samples.freeBytes.push(totalBytes - usedBytes)
    samples.usagePercent.push((100 * usedBytes) / totalBytes)
    samples.inodesTotal.push(inodesTotal)
    samples.inodesUsed.push(inodesUsed)
    samples.inodesUsagePercent.push((100 * inodesUsed) / inodesTotal)
  }
  return samples
}

export function simulatedBlockDevices(host: SimulatedHost, intervalMs: number): BlockDeviceSamples {
  const samples = create(BlockDeviceSamplesSchema)
  for (const [i, device] of DEVICES.entries()) {
    const writes = amount(host, 3 * (SHARES[i] ?? 0), intervalMs)
    const reads = amount(host, 0.8 * (SHARES[i] ?? 0), intervalMs)
    samples.device.push(device)
    samples.readOperations.push(reads)
    samples.writeOperations.push(writes)
    samples.readBytes.push(reads * 8 * BLOCK_BYTES)
    samples.writeBytes.push(writes * 4 * BLOCK_BYTES)
    samples.busyPercent.push(Math.min(100, (100 * (reads + writes) * 0.4) / intervalMs))
    samples.awaitMs.push(reads + writes > 0 ? 0.3 + 3 * host.random.next() ** 3 : 0)
  }
  return samples
}

export function simulatedNetworks(host: SimulatedHost, intervalMs: number): NetworkSamples {
  const samples = create(NetworkSamplesSchema)
  for (const [i, name] of INTERFACES.entries()) {
    const received = amount(host, 20 * (SHARES[i] ?? 0), intervalMs)
    const sent = amount(host, 16 * (SHARES[i] ?? 0), intervalMs)
    samples.interface.push(name)
    samples.receivePackets.push(received)
    samples.transmitPackets.push(sent)
    samples.receiveBytes.push(Math.round(received * (300 + 700 * host.random.next())))
    samples.transmitBytes.push(Math.round(sent * (300 + 700 * host.random.next())))
    samples.receiveErrors.push(0)
    samples.transmitErrors.push(0)
    samples.receiveDrops.push(host.random.next() < 0.01 ? 1 : 0)
    samples.transmitDrops.push(0)
  }
  return samples
}

/** A whole number of things, `perSecond` at one percent of activity. */
const amount = (host: SimulatedHost, perSecond: number, intervalMs: number): number =>
  Math.round(((perSecond * host.activity * intervalMs) / 1000) * (0.5 + host.random.next()))
