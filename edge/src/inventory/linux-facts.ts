// What a Linux host is, from its files.

import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, hostname, release } from 'node:os'
import { join } from 'node:path'
import type { Roots } from '../collectors/collector.ts'
import { memorySample } from '../collectors/memory.ts'
import type { HostFacts } from './inventory.ts'
import { addresses } from './addresses.ts'
import { virtualization } from './virtualization.ts'

/** @throws Error when /proc cannot be read */
export function linuxFacts(roots: Roots): HostFacts {
  const cpuinfo = readFileSync(join(roots.proc, 'cpuinfo'), 'utf8')
  return {
    hostname: hostname(),
    os: osName(roots.root),
    kernel: release(),
    architecture: arch(),
    cpuModel: cpuModel(cpuinfo, roots.proc),
    cpuCores: cpuinfo.match(/^processor\s*(\d+\s*)?:/gm)?.length ?? cpus().length,
    memoryTotalBytes: memorySample(readFileSync(join(roots.proc, 'meminfo'), 'utf8')).memoryTotalBytes ?? 0,
    addresses: addresses(),
    bootedAtMs:
      BigInt(/^btime (\d+)/m.exec(readFileSync(join(roots.proc, 'stat'), 'utf8'))?.[1] ?? 0) * 1000n,
    virtualization: virtualization(roots),
  }
}

/** PRETTY_NAME of os-release(5), quotes removed. */
function osName(root: string): string {
  const path = ['etc/os-release', 'usr/lib/os-release']
    .map((file) => join(root, file))
    .find((file) => existsSync(file))
  const name = path && /^PRETTY_NAME=(?:"([^"]*)"|'([^']*)'|(.*))$/m.exec(readFileSync(path, 'utf8'))
  return (name && (name[1] ?? name[2] ?? name[3])) || 'Linux'
}

/** x86 names the model; ARM boards name themselves in the device tree. */
function cpuModel(cpuinfo: string, proc: string): string {
  const named = /^(?:model name|cpu model|Model|Hardware|cpu|machine)\s*:\s*(\S.*)$/m.exec(cpuinfo)?.[1]
  const board = join(proc, 'device-tree/model')
  return (
    named ??
    (existsSync(board) ? readFileSync(board, 'utf8').replaceAll('\0', '').trim() : (cpus()[0]?.model ?? ''))
  )
}
