// On what a Linux host runs: '' is bare metal, else the container's or the hypervisor's name as
// systemd-detect-virt(1) spells it, from the same files.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Roots } from '../collectors/collector.ts'

/** What vendors write into DMI; the first match wins. */
const VENDORS: readonly [written: RegExp, name: string][] = [
  [/KVM|QEMU|OpenStack|Amazon EC2|DigitalOcean|Google Compute/i, 'kvm'],
  [/VMware/i, 'vmware'],
  [/VirtualBox|innotek/i, 'oracle'],
  [/Xen/i, 'xen'],
  [/Microsoft.*Virtual|Virtual Machine/is, 'microsoft'],
  [/Parallels/i, 'parallels'],
  [/BHYVE/i, 'bhyve'],
  [/Apple Virtualization/i, 'apple'],
]

/** Container before machine: a container on a virtual machine is the container. */
export function virtualization({ root, proc, sys }: Roots): string {
  return container(root, proc) ?? machine(proc, sys) ?? ''
}

function container(root: string, proc: string): string | undefined {
  const declared = content(join(root, 'run/systemd/container')).trim()
  if (declared) return declared
  if (existsSync(join(root, '.dockerenv'))) return 'docker'
  if (existsSync(join(root, 'run/.containerenv'))) return 'podman'
  return existsSync(join(proc, 'vz')) && !existsSync(join(proc, 'bc')) ? 'openvz' : undefined
}

function machine(proc: string, sys: string): string | undefined {
  const dmi = ['sys_vendor', 'product_name', 'board_vendor', 'bios_vendor'].map((file) =>
    content(join(sys, 'class/dmi/id', file)),
  )
  const vendor = VENDORS.find(([written]) => written.test(dmi.join('\n')))
  if (vendor) return vendor[1]
  if (content(join(sys, 'hypervisor/type')).trim() === 'xen') return 'xen'
  return /^flags\s*:.*\bhypervisor\b/m.test(content(join(proc, 'cpuinfo'))) ? 'vm-other' : undefined
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Absent, or for root only: the other signs decide.
    return ''
  }
}
