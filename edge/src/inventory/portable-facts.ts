// What a host is that is no Linux, asked of `systeminformation` once: it starts programs and is slow.

import { arch, cpus, hostname, platform, release, totalmem, uptime } from 'node:os'
import { addresses } from './addresses.ts'
import type { HostFacts } from './inventory.ts'

export async function portableFacts(): Promise<HostFacts> {
  const { osInfo, system } = await import('systeminformation')
  const [os, machine] = await Promise.all([osInfo(), system()])
  return {
    hostname: hostname(),
    os: `${os.distro} ${os.release}`.trim() || platform(),
    kernel: release(),
    architecture: arch(),
    cpuModel: cpus()[0]?.model ?? '',
    cpuCores: cpus().length,
    memoryTotalBytes: totalmem(),
    addresses: addresses(),
    bootedAtMs: BigInt(Math.round(Date.now() / 1000 - uptime())) * 1000n,
    virtualization: machine.virtual ? (machine.virtualHost ?? 'vm-other').toLowerCase() : '',
  }
}
