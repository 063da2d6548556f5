// Processes and inventory of a simulated host.

import { create } from '@bufbuild/protobuf'
import {
  InventorySchema,
  ProcessSamplesSchema,
  type Inventory,
  type ProcessSamples,
} from '@secumon/contracts/gen/observation'
import { CORES, type SimulatedHost } from './simulated-host.ts'

/** As many as a real agent lists by default. */
export const SIMULATED_PROCESSES = 10

/** The busiest of the host's programs; together they have used what the CPU shows. */
export function simulatedProcesses(host: SimulatedHost): ProcessSamples {
  const busy = host.processes
    .map((process) => ({ process, share: process.weight * (0.5 + host.random.next()) }))
    .toSorted((a, b) => b.share - a.share)
  const whole = busy.reduce((sum, { share }) => sum + share, 0)
  const samples = create(ProcessSamplesSchema)
  for (const { process, share } of busy.slice(0, SIMULATED_PROCESSES)) {
    samples.pid.push(process.pid)
    samples.name.push(process.name)
    samples.user.push(process.user)
    samples.cpuPercent.push((host.activity * CORES * share) / whole)
    samples.rssBytes.push(
      Math.round((host.memoryTotalBytes * host.memoryShare * 0.6 * share) / whole / 4096) * 4096,
    )
  }
  return samples
}

export const simulatedInventory = (host: SimulatedHost, atMs: number): Inventory =>
  create(InventorySchema, {
    hostname: host.hostname,
    os: 'Debian GNU/Linux 13 (trixie)',
    kernel: '6.12.48-amd64',
    architecture: 'x64',
    cpuModel: 'Simulated CPU',
    cpuCores: CORES,
    memoryTotalBytes: host.memoryTotalBytes,
    addresses: [host.address],
    packages: 600 + 3 * host.processCount,
    agentVersion: host.agentVersion,
    bootedAtMs: BigInt(Math.round(atMs - host.uptimeMs)),
    virtualization: 'kvm',
  })
