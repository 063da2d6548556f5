// Traffic per interface from /proc/net/dev. Left out is what carries other interfaces' traffic a second time
// (container and virtual machine ends, their bridges) and what the kernel creates by itself.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCounterTable, kernelWrap } from '../counters.ts'
import type { CreateCollector } from './collector.ts'

export const MAX_INTERFACES = 100
const NOISE =
  /^(lo$|veth|docker\d|docker_gwbridge$|br-[0-9a-f]{12}$|cni\d|cali|cilium_|lxc|flannel|vxlan\.calico|kube-|nodelocaldns|vnet\d|virbr\d|tap|fwbr|fwpr|fwln|ifb\d|dummy\d|sit0$|tunl0$|gre0$|gretap0$|erspan0$|ip6tnl0$|ip6gre0$|ip_vti0$|ip6_vti0$)/

/** Columns after the name: bytes, packets, errors, drops received; the same sent. */
const FIELDS = [0, 8, 1, 9, 2, 10, 3, 11] as const
const WRAPS = FIELDS.map(() => kernelWrap(process.arch))

/** True for the interfaces whose traffic is the host's own. */
export const isHostInterface = (name: string): boolean => !NOISE.test(name)

/** Measures `network.*`; an interface has no row until it was seen twice. */
export const createNetworksCollector: CreateCollector = ({ roots }) => {
  const counters = createCounterTable(WRAPS)
  return {
    name: 'networks',
    collect() {
      const names: string[] = []
      const columns: number[][] = FIELDS.map(() => [])
      for (const [name, values] of parseNetDev(readFileSync(join(roots.proc, 'net/dev'), 'utf8'))) {
        const deltas = counters.deltas(name, values)
        if (!deltas) continue
        names.push(name)
        deltas.forEach((delta, i) => columns[i]?.push(delta))
      }
      counters.endReading()
      return names.length > 0 ? { networks: samples(names, columns) } : {}
    },
  }
}

/** Name and the counters in the order of `FIELDS`, of the first hundred interfaces of the host's own. */
export function parseNetDev(netDev: string): [name: string, counters: number[]][] {
  const interfaces: [string, number[]][] = []
  for (const line of netDev.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 0 || !isHostInterface(name) || interfaces.length >= MAX_INTERFACES) continue
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/ +/)
    const values = FIELDS.map((field) => Number(columns[field] ?? 0))
    if (values.every(Number.isFinite)) interfaces.push([name, values])
  }
  return interfaces
}

function samples(names: string[], columns: readonly number[][]) {
  const [receiveBytes = [], transmitBytes = [], receivePackets = [], transmitPackets = [], ...rest] = columns
  const [receiveErrors = [], transmitErrors = [], receiveDrops = [], transmitDrops = []] = rest
  return {
    interface: names,
    receiveBytes,
    transmitBytes,
    receivePackets,
    transmitPackets,
    receiveErrors,
    transmitErrors,
    receiveDrops,
    transmitDrops,
  }
}
